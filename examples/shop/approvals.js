// Ask, wait, approve or decline. Between the question and the answer may lie days and restarts: a row keeps the carrier.
import { action, carry, currentAttribution } from 'onbehalf'
import { ordersDb, query } from './database.js'
import * as decisions from './decisions.js'
import { enqueueCarried } from './jobs.js'

export async function askForApproval(tool, orderId) {
  const request = [tool, orderId, currentAttribution().principal.id, carry()]
  const act = { context: ordersDb, target: 'approvals', resource: orderId, decision: decisions.request() }
  const [{ id }] = await action('askForApproval', act, () =>
    query('insert into approvals (tool, order_id, asked_by, carrier) values ($1, $2, $3, $4) returning id', request),
  )
  return id
}

// The shop lets everyone approve, their own requests too. policy.yaml asks for four eyes, so the audit finds those.
export async function approve(id, approver) {
  const { tool, order_id: orderId, carrier } = await settle(id, 'approved', approver)
  await enqueueCarried(tool, { orderId, approver }, carrier)
}

export async function decline(id, approver) {
  await settle(id, 'declined', approver)
}

async function settle(id, state, approver) {
  const [approval] = await query(
    `update approvals set state = $2, decided_by = $3 where id = $1 and state = 'open' returning tool, order_id, carrier`,
    [id, state, approver],
  )
  if (approval === undefined) throw new Error(`there is no open approval ${id}`)
  return approval
}
