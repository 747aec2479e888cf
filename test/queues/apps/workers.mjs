// Workers of BullMQ and of Bull that a request of Kai's makes while it goes on, and jobs of Mia's: `workers.mjs LINE PORT`.
// Spans are named by the library and by what the job does: it acts as it stands, or resumes what it carries.
import { SpanKind, trace } from '@opentelemetry/api'
import { setTimeout as wait } from 'node:timers/promises'
import { asAgent, carry, onBehalfOf, resume } from '../../../dist/index.js'

const [, , line, port, kind = 'mjs'] = process.argv
const { load } = await import(`../lines/${line}/load.${kind}`)
const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null }

const human = (id) => ({ principal: { id, type: 'human' }, intent: 'order' })

async function act(name) {
  const span = trace
    .getTracer('app')
    .startSpan(name, { kind: SpanKind.CLIENT, attributes: { 'server.address': 'shop' } })
  await wait(2)
  span.end()
}

/** The agent is bound, so that what it does is judged. */
const perform = (library) => (job) => {
  const work = () => asAgent('worker', () => act(`${library} ${job.name}`))
  return job.data.carrier === undefined ? work() : resume(job.data.carrier, work, { assurance: 'asserted' })
}

/** Jobs that are done one after the other, and the last of them. */
async function queueJobs(add) {
  await onBehalfOf(human('mia@contoso.com'), async () => {
    await add('acts', {})
    await add('resumes', { carrier: carry() })
  })
}

async function useBullmq({ Queue, QueueEvents, Worker }) {
  const queue = new Queue('bullmq', { connection })
  let finish
  const finished = new Promise((resolve) => (finish = resolve))
  await onBehalfOf(human('kai@contoso.com'), async () => {
    const worker = new Worker('bullmq', perform('bullmq'), { connection })
    const events = new QueueEvents('bullmq', { connection })
    worker.on('completed', (job) => {
      void asAgent('worker', () => act('bullmq on completed'))
      if (job.name === 'resumes') finish()
    })
    events.on('completed', () => void asAgent('worker', () => act('bullmq events completed')))
    await Promise.all([worker.waitUntilReady(), events.waitUntilReady()])
    await queueJobs((name, data) => queue.add(name, data))
    await finished
    await wait(50)
    await Promise.all([worker.close(), events.close(), queue.close()])
  })
}

async function useBull(Queue) {
  const queue = new Queue('bull', { redis: connection })
  let finish
  const finished = new Promise((resolve) => (finish = resolve))
  await onBehalfOf(human('kai@contoso.com'), async () => {
    void queue.process('*', perform('bull'))
    queue.on('completed', ({ name }) => {
      void asAgent('worker', () => act('bull on completed'))
      if (name === 'resumes') finish()
    })
    await queueJobs((name, data) => queue.add(name, data))
    await finished
    // Where a blocking connection is lost, it never closes.
    await Promise.race([queue.close(), wait(500)])
  })
}

const bullmq = await load('bullmq')
await useBullmq(bullmq.Worker === undefined ? bullmq.default : bullmq)
const bull = await load('bull').catch(() => undefined)
if (bull !== undefined) await useBull(bull.default ?? bull)
process.emit('SIGTERM')
