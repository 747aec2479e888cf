// The nightly job: nobody asks for it. A schedule starts it, and a team answers for it.
import { action, asAgent, declareAutonomous } from 'onbehalf'
import { ordersDb } from './database.js'
import * as decisions from './decisions.js'
import * as orders from './orders.js'

const janitor = { id: 'order-janitor', version: '1' }

export function nightly() {
  const run = { owner: 'shop-operations', trigger: 'schedule: 02:00', intent: 'delete the orders that nobody paid for' }
  return declareAutonomous(run, () => asAgent(janitor, deleteUnpaid), { span: 'nightly cleanup' })
}

async function deleteUnpaid() {
  const act = { context: ordersDb, decision: decisions.cleanup() }
  const unpaid = await action('findUnpaid', act, () => orders.unpaid())
  for (const { id } of unpaid) await action('purgeOrder', { ...act, resource: id }, () => orders.remove(id))
}
