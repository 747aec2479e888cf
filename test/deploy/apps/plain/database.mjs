// An express app of ES modules, whose agent writes into a database by pg, for two users at once.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import express from 'express'
import { asAgent, flush, onBehalfOf, via } from 'onbehalf'
import { Client } from 'pg'

const port = await freePort()
const database = new PGLiteSocketServer({ db: await PGlite.create(), port, host: '127.0.0.1' })
await database.start()
const client = new Client({ host: '127.0.0.1', port, database: 'postgres', user: 'postgres' })
await client.connect()

const app = express()
app.get('/order', async (request, response) => {
  const principal = { id: request.get('x-user'), type: 'human' }
  await onBehalfOf({ principal, intent: 'order' }, () =>
    asAgent('buyer', () => via('orders', () => client.query('select $1::text as user', [principal.id]))),
  )
  response.send('done')
})
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const ask = (user) => fetch(`http://127.0.0.1:${server.address().port}/order`, { headers: { 'x-user': user } })
await Promise.all(['kai@contoso.com', 'mia@contoso.com'].map(ask))
await flush()
process.exit()

function freePort() {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
