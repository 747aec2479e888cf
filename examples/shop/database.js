// PostgreSQL, embedded so that the example runs anywhere. The app talks to it over a socket, through pg.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { Pool } from 'pg'

const engine = await PGlite.create()
await engine.exec(`
  create table orders (id text primary key, customer text not null, total int not null, paid boolean not null);
  create table refunds (order_id text not null, amount int not null);
  create table receipts (order_id text not null, line text not null);
  create table approvals (
    id int generated always as identity primary key,
    tool text not null, order_id text not null, carrier jsonb not null, answered_by text
  );
  create table jobs (
    id int generated always as identity primary key,
    name text not null, data jsonb not null, carrier jsonb not null
  );
  insert into orders select 'order-' || n, 'customer-' || n, n * 50, n < 8 from generate_series(1, 9) n;
`)

const host = '127.0.0.1'
const port = await freePort()
const server = new PGLiteSocketServer({ db: engine, host, port })
await server.start()

// The embedded server takes one connection, so the queries of all users wait for the same one, as in a busy pool.
const pool = new Pool({ host, port, user: 'svc-shop', database: 'postgres', max: 1 })

export async function query(text, values = []) {
  const { rows } = await pool.query(text, values)
  return rows
}

export async function close() {
  await pool.end()
  await server.stop()
  await engine.close()
}

// What all actions go through: this database, with the shop's own login and not a user's.
export const ordersDb = {
  id: 'orders-db',
  type: 'database',
  target: 'orders',
  credential: { id: 'pg-svc-shop', type: 'own', subject: 'svc-shop' },
}

async function freePort() {
  const probe = createServer().listen(0, host)
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}
