// Ask, wait, approve or decline, run. Days may pass before the answer, so a row keeps the carrier.
import { action, carry } from 'onbehalf'
import { ordersDb, query } from './database.js'
import * as decisions from './decisions.js'
import { enqueueFor } from './jobs.js'

export async function askForApproval(tool, orderId) {
  const act = { context: ordersDb, target: 'approvals', resource: orderId, decision: decisions.request() }
  return await action('askForApproval', act, async () => {
    const values = [tool, orderId, carry()]
    const text = 'insert into approvals (tool, order_id, carrier) values ($1, $2, $3) returning id'
    const [{ id }] = await query(text, values)
    return id
  })
}

// Either answer goes to the worker: an approved action runs, and a declined one is refused, so the record has both.
// The shop lets users answer their own requests. policy.yaml asks for four eyes, so the audit finds those.
export async function answer(id, { by, isApproved }) {
  const [approval] = await query(
    'update approvals set answered_by = $2 where id = $1 and answered_by is null returning tool, order_id, carrier',
    [id, by],
  )
  if (approval === undefined) throw new Error(`there is no open approval ${id}`)
  const { tool, order_id: orderId, carrier } = approval
  await enqueueFor(carrier, tool, { orderId, answer: { by, isApproved, at: new Date().toISOString() } })
}
