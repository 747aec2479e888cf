// A queue in a table, its worker, and the nightly job. None of them runs in a request.
import { action, asAgent, carry, declareAutonomous, resume } from 'onbehalf'
import { ordersDb, query } from './database.js'
import * as decisions from './decisions.js'
import * as orders from './orders.js'

export const enqueue = (name, data) => enqueueCarried(name, data, carry())

// The carrier says for whom the job runs, which isn't always who puts it into the queue.
export const enqueueCarried = (name, data, carrier) =>
  query('insert into jobs (name, data, carrier) values ($1, $2, $3)', [name, data, carrier])

const handlers = {
  receipt: ({ orderId, line }) =>
    action('writeReceipt', { context: ordersDb, resource: orderId, decision: decisions.lookup() }, () =>
      orders.addReceipt(orderId, line),
    ),
  deleteOrder: ({ orderId, approver }) =>
    action('deleteOrder', { context: ordersDb, resource: orderId, decision: decisions.deletion(approver) }, () =>
      orders.remove(orderId),
    ),
}

/** Runs the oldest job. Returns whether there was one. */
export async function work() {
  const [job] = await query(
    `delete from jobs where id = (select id from jobs order by id limit 1 for update skip locked)
     returning name, data, carrier`,
  )
  if (job === undefined) return false
  // Only this service writes the table, so what the carrier says counts as said here.
  await resume(job.carrier, () => handlers[job.name](job.data), { assurance: 'asserted', span: `job ${job.name}` })
  return true
}

const janitor = { id: 'order-janitor', version: '1' }

/** Nobody asks for this: a schedule starts it, and a team answers for it. */
export function nightly() {
  const run = { owner: 'shop-operations', trigger: 'schedule: 02:00', intent: 'delete the orders that nobody paid' }
  return declareAutonomous(run, () => asAgent(janitor, deleteUnpaid), { span: 'nightly cleanup' })
}

async function deleteUnpaid() {
  const act = { context: ordersDb, decision: decisions.cleanup() }
  const unpaid = await action('findUnpaid', act, () => orders.unpaid())
  for (const { id } of unpaid) await action('purgeOrder', { ...act, resource: id }, () => orders.remove(id))
}
