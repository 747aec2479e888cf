// A queue in a table and its worker. A job's row has the carrier, which says for whom the job runs.
import { action, AttributionError, carry, resume } from 'onbehalf'
import { ordersDb, query } from './database.js'
import * as decisions from './decisions.js'
import * as orders from './orders.js'

export const enqueue = (name, data) => enqueueFor(carry(), name, data)

// After an approval, the job runs for the user who asked, and not for the one who approves and puts it into the queue.
export const enqueueFor = (carrier, name, data) =>
  query('insert into jobs (name, data, carrier) values ($1, $2, $3)', [name, data, carrier])

const handlers = {
  writeReceipt({ orderId, line }) {
    const act = { context: ordersDb, target: 'receipts', resource: orderId, decision: decisions.receipt() }
    return action('writeReceipt', act, () => orders.addReceipt(orderId, line))
  },
  deleteOrder({ orderId, answer }) {
    const act = { context: ordersDb, resource: orderId, decision: decisions.deletion(answer) }
    return action('deleteOrder', act, () => orders.remove(orderId))
  },
}

/** Runs the oldest job. Returns whether there was one. */
export async function runNextJob() {
  const [job] = await query(
    `delete from jobs where id = (select id from jobs order by id limit 1 for update skip locked)
     returning name, data, carrier`,
  )
  if (job === undefined) return false
  try {
    // Only this service writes the table, so what the carrier says is as good as if this process said it.
    await resume(job.carrier, () => handlers[job.name](job.data), { assurance: 'asserted', span: `job ${job.name}` })
  } catch (error) {
    if (!(error instanceof AttributionError)) throw error // a declined action is refused, and recorded
  }
  return true
}
