// The three tools of the assistant.
import { tool } from 'ai'
import { action, AttributionError } from 'onbehalf'
import { z } from 'zod'
import { askForApproval } from './approvals.js'
import { ordersDb } from './database.js'
import * as decisions from './decisions.js'
import { enqueue } from './jobs.js'
import * as orders from './orders.js'

const orderId = z.string().describe('for example order-7')

const lookupOrder = tool({
  description: 'Says what is known of an order',
  inputSchema: z.object({ orderId }),
  execute: async ({ orderId }) => {
    const { id, customer, total } = await lookUp(orderId)
    return `${id} of ${customer}: ${total} euros`
  },
})

// In the tool of this name, this is that tool's act. In another tool, it is an act of its own below that tool.
const lookUp = (id) =>
  action('lookupOrder', { context: ordersDb, resource: id, decision: decisions.lookup() }, () => orders.find(id))

// Policy may deny this. The model then gets a text, and the record still says that it was denied.
const refundOrder = tool({
  description: 'Pays back some of the price of an order',
  inputSchema: z.object({ orderId, amount: z.number() }),
  execute: async ({ orderId, amount }) => {
    const order = await lookUp(orderId)
    const decision = decisions.refund(order, amount)
    try {
      return await action('refundOrder', { context: ordersDb, resource: orderId, decision }, async () => {
        await orders.refund(orderId, amount)
        await enqueue('writeReceipt', { orderId, line: `refunded ${amount} euros` })
        return `${amount} euros of ${orderId} were refunded.`
      })
    } catch (error) {
      if (!(error instanceof AttributionError)) throw error
      return `The refund was refused. ${error.message}`
    }
  },
})

// Policy wants a person to approve this. Until someone has, the action is refused and the tool asks; jobs.js then
// runs it.
const deleteOrder = tool({
  description: 'Deletes an order, once someone has approved it',
  inputSchema: z.object({ orderId }),
  execute: async ({ orderId }) => {
    const act = { context: ordersDb, resource: orderId, decision: decisions.deletion() }
    try {
      return await action('deleteOrder', act, () => orders.remove(orderId))
    } catch (error) {
      if (!(error instanceof AttributionError)) throw error
      return `Deleting ${orderId} waits for approval ${await askForApproval('deleteOrder', orderId)}.`
    }
  },
})

export const tools = { lookupOrder, refundOrder, deleteOrder }
