// The three tools of the assistant.
import { tool } from 'ai'
import { action, AttributionError, decided } from 'onbehalf'
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

// Called by the tool of this name, it is that tool's act. Called by another tool, it is an act of its own below it.
const lookUp = (id) =>
  action('lookupOrder', { context: ordersDb, resource: id, decision: decisions.lookup() }, () => orders.find(id))

// Policy may deny this. The model then gets a text, and the record says that it was denied.
const refundOrder = tool({
  description: 'Pays back some of the price of an order',
  inputSchema: z.object({ orderId, amount: z.number() }),
  execute: async ({ orderId, amount }) => {
    const order = await lookUp(orderId)
    const decision = decisions.refund(order, amount)
    try {
      return await action('refundOrder', { context: ordersDb, resource: orderId, decision }, async () => {
        await orders.refund(orderId, amount)
        await enqueue('receipt', { orderId, line: `refunded ${amount} euros` })
        return `${amount} euros of ${orderId} were refunded.`
      })
    } catch (error) {
      if (!(error instanceof AttributionError)) throw error
      return `The refund was refused. ${error.message}`
    }
  },
})

// Policy always wants a person to approve this. The tool only asks; jobs.js deletes once someone has approved.
const deleteOrder = tool({
  description: 'Deletes an order, once someone has approved it',
  inputSchema: z.object({ orderId }),
  execute: ({ orderId }) =>
    decided(decisions.deletion(), async () => {
      const approval = await askForApproval('deleteOrder', orderId)
      return `Deleting ${orderId} waits for approval ${approval}.`
    }),
})

export const tools = { lookupOrder, refundOrder, deleteOrder }
