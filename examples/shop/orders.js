// What the shop does to its orders. Nothing here knows of agents.
import { query } from './database.js'

export async function find(id) {
  const [order] = await query('select id, customer, total, paid from orders where id = $1', [id])
  return order
}

export const refund = (id, amount) => query('insert into refunds (order_id, amount) values ($1, $2)', [id, amount])

export const remove = (id) => query('delete from orders where id = $1', [id])

export const unpaid = () => query('select id from orders where not paid order by id')

export const addReceipt = (id, line) => query('insert into receipts (order_id, line) values ($1, $2)', [id, line])
