// A day in the shop: two users ask at once, a worker runs what is queued, and at night the unpaid orders go.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { app } from './app.js'
import { close } from './database.js'
import { runNextJob } from './jobs.js'
import { nightly } from './nightly.js'
import { sdk } from './telemetry.js'

const KAI = 'kai@shop.example'
const MIA = 'mia@shop.example'

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')

const closing = new AbortController()
const worker = runJobs(closing.signal)

await Promise.all([
  ask(KAI, 'look up order-1'),
  ask(MIA, 'look up order-4'),
  ask(KAI, 'refund 40 euros of order-1'),
  ask(MIA, 'refund 80 euros of order-4'),
  ask(KAI, 'refund 500 euros of order-2'), // policy denies it
])

await approve(MIA, await ask(KAI, 'delete order-3'))
await decline(MIA, await ask(KAI, 'delete order-5'))
await approve(MIA, await ask(MIA, 'delete order-6')) // her own request: the audit finds it

closing.abort()
await worker
await nightly()

server.close()
await close()
await sdk.shutdown()

async function runJobs(signal) {
  while (!signal.aborted) if (!(await runNextJob())) await sleep(50)
  while (await runNextJob()) continue
}

function ask(user, text) {
  return post(user, '/ask', text)
}

function approve(user, waiting) {
  return post(user, `/approvals/${approvalIn(waiting)}/approve`)
}

function decline(user, waiting) {
  return post(user, `/approvals/${approvalIn(waiting)}/decline`)
}

function approvalIn(waiting) {
  return /approval (?<id>\d+)/.exec(waiting).groups.id
}

async function post(user, path, body) {
  const url = `http://127.0.0.1:${server.address().port}${path}`
  const headers = { 'x-user': user, 'content-type': 'text/plain' }
  const response = await fetch(url, { method: 'POST', headers, body })
  const answer = await response.text()
  if (!response.ok) throw new Error(answer)
  console.log(`${user}  ${(body ?? path).padEnd(28)} ${answer}`)
  return answer
}
