// Three users over the one connection of a pool, each with queries that name the user, and calls that a callback makes.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { SpanKind, trace } from '@opentelemetry/api'
import { setTimeout as wait } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { Pool } from 'pg'
import { asAgent, onBehalfOf } from '../../../dist/index.js'

const USERS = ['kai@contoso.com', 'mia@contoso.com', 'lee@contoso.com']

const probe = createServer().listen(0, '127.0.0.1')
await once(probe, 'listening')
const { port } = probe.address()
probe.close()
const engine = await PGlite.create()
const server = new PGLiteSocketServer({ db: engine, port, host: '127.0.0.1' })
await server.start()
const pool = new Pool({ host: '127.0.0.1', port, user: 'shop', database: 'postgres', max: 1 })

function act(user) {
  const attributes = { 'server.address': 'shop' }
  trace.getTracer('app').startSpan(user, { kind: SpanKind.CLIENT, attributes }).end()
}

const sql = (user) => `SELECT '${user}' AS name`
const byCallback = (start) =>
  new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result))))

const WAYS = {
  'query, promise': async (user) => {
    await pool.query(sql(user))
    act(user)
  },
  'query, callback': (user) =>
    byCallback((done) =>
      pool.query(sql(user), (error, result) => {
        act(user)
        done(error, result)
      }),
    ),
  'connect, promise': async (user) => {
    const client = await pool.connect()
    await client.query(sql(user))
    act(user)
    client.release()
  },
  'connect, callback': (user) =>
    byCallback((done) =>
      pool.connect((error, client, release) => {
        if (error) return done(error)
        act(user)
        client.query(sql(user), (failure, result) => {
          act(user)
          release()
          done(failure, result)
        })
      }),
    ),
}

for (const run of Object.values(WAYS)) {
  await Promise.all(
    USERS.map((user) =>
      onBehalfOf({ principal: { id: user, type: 'human' }, intent: 'order' }, () =>
        asAgent('buyer', async () => {
          await run(user)
          await wait(20)
        }),
      ),
    ),
  )
}
await pool.end()
await server.stop()
await engine.close()
process.emit('SIGTERM')
