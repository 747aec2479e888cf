// Queries of three users that wait for the one connection of a pool of mysql2, and what they do in callbacks, against a
// server that mysql2 itself is: `mysql.mjs LINE KIND`.
import { SpanKind, trace } from '@opentelemetry/api'
import { setTimeout as wait } from 'node:timers/promises'
import { asAgent, onBehalfOf } from '../../../dist/index.js'

const [, , line, kind] = process.argv
const { load } = await import(`../lines/${line}/load.${kind}`)
const exports = await load('mysql2')
const mysql = exports.createPool === undefined ? exports.default : exports
const TEXT = 253

const server = mysql.createServer()
server.on('connection', (connection) => {
  connection.serverHandshake({
    protocolVersion: 10,
    serverVersion: '8.0.0',
    connectionId: 1,
    statusFlags: 2,
    characterSet: 8,
    capabilityFlags: 0xffffff ^ 2048,
  })
  connection.on('query', (sql) => {
    const column = {
      catalog: 'def',
      schema: '',
      table: '',
      orgTable: '',
      name: 'sql',
      orgName: 'sql',
      characterSet: 33,
      columnLength: 384,
      columnType: TEXT,
      type: TEXT,
      flags: 0,
      decimals: 0,
    }
    setTimeout(() => connection.writeTextResult([{ sql }], [column]), 1)
  })
  connection.on('error', () => {})
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = Reflect.get(server, '_server').address()

const pool = mysql.createPool({ host: '127.0.0.1', port, user: 'shop', connectionLimit: 1 })
const tracer = trace.getTracer('app')
const acts = (name) => tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: { 'server.address': 'shop' } }).end()

const WAYS = {
  'query, callback': (name) =>
    new Promise((resolve, reject) => {
      pool.query('SELECT 1', (error) => {
        acts(name)
        if (error) reject(error)
        else resolve()
      })
    }),
  'getConnection, callbacks': (name) =>
    new Promise((resolve, reject) => {
      pool.getConnection((error, connection) => {
        if (error) return reject(error)
        acts(name)
        connection.query('SELECT ?', [1], (failure) => {
          acts(name)
          connection.release()
          if (failure) reject(failure)
          else resolve()
        })
      })
    }),
  'query, promise': async (name) => {
    await pool.promise().query('SELECT 1')
    acts(name)
  },
  'getConnection, promises': async (name) => {
    const connection = await pool.promise().getConnection()
    acts(name)
    await connection.query('SELECT 1')
    acts(name)
    connection.release()
  },
}

for (const [way, run] of Object.entries(WAYS)) {
  await Promise.all(
    ['kai@contoso.com', 'mia@contoso.com', 'lee@contoso.com'].map((user) =>
      onBehalfOf({ principal: { id: user, type: 'human' }, intent: 'order' }, () =>
        asAgent('buyer', async () => {
          await run(`mysql2 ${way}|a call|${user}`)
          await wait(20)
        }),
      ),
    ),
  )
}
process.emit('SIGTERM')
