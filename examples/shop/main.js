// A day in the shop: two users ask at once, approve and decline, a worker runs what is queued, and then comes the night.
import { once } from 'node:events'
import { app } from './app.js'
import { close } from './database.js'
import { nightly, work } from './jobs.js'
import { sdk } from './telemetry.js'

const KAI = 'kai@shop.example'
const MIA = 'mia@shop.example'

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')

async function post(user, path, body) {
  const headers = { 'x-user': user, 'content-type': 'text/plain' }
  const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { method: 'POST', headers, body })
  const answer = await response.text()
  if (!response.ok) throw new Error(answer)
  console.log(`${user.padEnd(16)} ${(body ?? path).padEnd(32)} ${answer}`)
  return answer
}

const ask = (user, text) => post(user, '/ask', text)
/** The number of the approval that an answer names. */
const approvalIn = (answer) => /approval (?<id>\d+)/.exec(answer).groups.id

let isOpen = true
const worker = (async () => {
  while (isOpen) if (!(await work())) await new Promise((resolve) => setTimeout(resolve, 50))
  while (await work());
})()

// Both at once, over one connection to the database.
await Promise.all([
  ask(KAI, 'look up order-1'),
  ask(MIA, 'look up order-4'),
  ask(KAI, 'refund 40 euros of order-1'),
  ask(MIA, 'refund 80 euros of order-4'),
  ask(KAI, 'refund 500 euros of order-2'), // policy denies it
])

// Kai asks, Mia approves, the worker deletes.
await post(MIA, `/approvals/${approvalIn(await ask(KAI, 'delete order-3'))}/approve`)
// Kai asks, Mia declines, and nothing more happens.
await post(MIA, `/approvals/${approvalIn(await ask(KAI, 'delete order-5'))}/decline`)
// Mia asks and approves herself. It runs, and the audit finds it.
await post(MIA, `/approvals/${approvalIn(await ask(MIA, 'delete order-6'))}/approve`)

isOpen = false
await worker
await nightly()

server.close()
await close()
await sdk.shutdown()
