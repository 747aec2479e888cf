/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin. */
import { AsyncResource } from 'node:async_hooks'
import { EventEmitter, once } from 'node:events'
import { PassThrough, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { context, trace } from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, carry, currentAttribution, onBehalfOf, resume } from '../../src/index.ts'
import { silence, TOOL, tracing } from '../runtime/provider.ts'
import type { Traced } from '../runtime/provider.ts'

let traced: Traced
beforeEach(() => {
  traced = tracing()
})
afterEach(silence)

const USERS = ['kai@contoso.com', 'mia@contoso.com'] as const
const bind = <T>(user: string, work: () => T) =>
  onBehalfOf({ principal: { id: user, type: 'human' }, intent: `serve ${user}` }, () => asAgent('assistant', work))

/** A tool's span, named after the user that it is truly for. */
function act(user: string, parent?: Context): void {
  traced.tracer.startSpan(user, { attributes: TOOL }, parent).end()
}

const rows = () => traced.seen().map(({ name, principal, findings }) => ({ name, principal, findings }))
const rowsOf = (user: string) => rows().filter(({ name }) => name === user)
/** What `rowsOf` is where each of these spans is its user's and nobody else's. */
const ownOf = (user: string, count = 1) =>
  Array.from({ length: count }, () => ({ name: user, principal: user, findings: [] as readonly string[] }))

/** Each way runs `act` for its user at least once, on the other side of something that may lose the context. */
const WAYS: Readonly<Record<string, (user: string) => Promise<unknown>>> = {
  setTimeout: (user) => new Promise<void>((resolve) => setTimeout(() => resolve(act(user)), 2)),
  setInterval: (user) =>
    new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        clearInterval(timer)
        resolve(act(user))
      }, 1)
    }),
  setImmediate: (user) => new Promise<void>((resolve) => setImmediate(() => resolve(act(user)))),
  queueMicrotask: (user) => new Promise<void>((resolve) => queueMicrotask(() => resolve(act(user)))),
  'process.nextTick': (user) => new Promise<void>((resolve) => process.nextTick(() => resolve(act(user)))),
  'Promise.race': async (user) => {
    await Promise.race([wait(20), wait(1), Promise.reject(new Error('lost')).catch(() => wait(5))])
    act(user)
  },
  'Promise.any after a failure': async (user) => {
    await Promise.any([Promise.reject(new Error('lost')), wait(1)])
    act(user)
  },
  'a thenable': async (user) => {
    // oxlint-disable-next-line unicorn/no-thenable -- builders of queries are such.
    await { then: (done: (value: unknown) => void) => void setTimeout(done, 1) }
    act(user)
  },
  'an emitter of its own': async (user) => {
    const emitter = new EventEmitter()
    emitter.once('go', () => act(user))
    await wait(1)
    emitter.emit('go')
  },
  'events.once': async (user) => {
    const emitter = new EventEmitter()
    setTimeout(() => emitter.emit('go'), 1)
    await once(emitter, 'go')
    act(user)
  },
  'an abort signal': (user) =>
    new Promise<void>((resolve) => {
      const abort = new AbortController()
      abort.signal.addEventListener('abort', () => resolve(act(user)))
      setTimeout(() => abort.abort(), 1)
    }),
  'a pipeline of streams': async (user) => {
    const source = new PassThrough()
    const step = new Transform({
      transform: (chunk, _, done) => {
        act(user)
        setTimeout(() => done(null, chunk), 1)
      },
    })
    source.end('chunk')
    await pipeline(source, step, async function* (chunks: AsyncIterable<unknown>) {
      for await (const _ of chunks) yield act(user)
    })
  },
  'a generator that is consumed by those who called': async (user) => {
    async function* steps() {
      await wait(1)
      yield act(user)
      await wait(1)
      yield act(user)
    }
    for await (const _ of steps());
  },
  'AsyncResource.bind, called by somebody else': async (user) => {
    const bound = AsyncResource.bind(() => act(user))
    await wait(1)
    bind('eve@contoso.com', bound)
  },
  'a web stream': async (user) => {
    const stream = new ReadableStream({
      async pull(controller) {
        await wait(1)
        act(user)
        controller.close()
      },
    })
    for await (const _ of stream);
  },
}

describe('two users at once', () => {
  it.each(Object.entries(WAYS))('are kept apart over %s', async (_, way) => {
    await Promise.all(USERS.flatMap((user) => [bind(user, () => way(user)), bind(user, () => way(user))]))
    for (const user of USERS) {
      const own = rowsOf(user)
      expect(own.length).toBeGreaterThanOrEqual(2)
      expect(own).toEqual(ownOf(user, own.length))
    }
  })
})

/** One worker for everybody's jobs, which runs on in the context of whoever came first: as pools and queues do. */
function firstComersQueue() {
  const jobs: (() => void)[] = []
  let isRunning = false
  const work = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      await wait(1)
      job()
    }
    isRunning = false
  }
  return (job: () => void) => {
    jobs.push(job)
    if (isRunning) return
    isRunning = true
    void work()
  }
}

describe('a queue that runs jobs in the context of whoever came first', () => {
  const both = async (submit: (user: string, enqueue: (job: () => void) => void) => void) => {
    const enqueue = firstComersQueue()
    for (const user of USERS) bind(user, () => submit(user, enqueue))
    await expect.poll(() => traced.spans()).toHaveLength(USERS.length)
  }
  const [FIRST, SECOND] = USERS

  it('shows a span as divergent that its instrumentation parents on the context of the job', async () => {
    await both((user, enqueue) => {
      const parent = context.active()
      enqueue(() => act(user, parent))
    })
    expect(rowsOf(FIRST)).toEqual(ownOf(FIRST))
    expect(rowsOf(SECOND)[0]?.findings).toEqual(['context_divergence'])
  })

  it.each([
    ['AsyncResource.bind', (job: () => void) => AsyncResource.bind(job)],
    ['context.bind', (job: () => void) => context.bind(context.active(), job)],
    [
      'carry and resume, from a store of its own',
      (job: () => void) => {
        const carrier = carry()
        return () => resume(carrier, job, { assurance: 'asserted', span: false })
      },
    ],
  ])('keeps users apart where a job is bound by %s', async (_, keep) => {
    await both((user, enqueue) => enqueue(keep(() => act(user))))
    for (const user of USERS) expect(rowsOf(user)).toEqual(ownOf(user))
  })

  it('has a carrier that is only claimed contradict it, never pass silently', async () => {
    await both((user, enqueue) => {
      const carrier = carry()
      enqueue(() => resume(carrier, () => act(user), { span: false }))
    })
    expect(rowsOf(SECOND)[0]?.findings).toContain('claim_contradicted')
  })
})

describe('an emitter that all users share', () => {
  it('has its listeners act for whoever emits, and not for whoever listens', () => {
    const emitter = new EventEmitter()
    bind(USERS[0], () => emitter.on('order', (user: string) => act(user)))
    bind(USERS[1], () => emitter.emit('order', USERS[1]))
    expect(rowsOf(USERS[1])).toEqual(ownOf(USERS[1]))
  })

  it('has its listeners act for nobody where nobody is bound who emits', () => {
    const emitter = new EventEmitter()
    bind(USERS[0], () => emitter.on('order', () => act('nobody')))
    emitter.emit('order')
    expect(rows()).toMatchObject([{ principal: undefined }])
    expect(rows()[0]?.findings).toContain('missing_principal')
  })
})

describe('a worker thread', () => {
  const ECHO = `const { parentPort } = require('node:worker_threads')
    parentPort.on('message', (message) => parentPort.postMessage(message))`

  it('answers everybody, and what is done with an answer is for whoever asked', async () => {
    const worker = new Worker(ECHO, { eval: true })
    const waiting = new Map<string, () => void>()
    worker.on('message', (user: string) => waiting.get(user)?.())
    const ask = async (user: string) => {
      await new Promise<void>((resolve) => {
        waiting.set(user, resolve)
        worker.postMessage(user)
      })
      act(user)
    }
    await Promise.all(USERS.map((user) => bind(user, () => ask(user))))
    await worker.terminate()
    for (const user of USERS) expect(rowsOf(user)).toEqual(ownOf(user))
  })

  it('is told who asked by what is carried', async () => {
    const worker = new Worker(ECHO, { eval: true })
    bind(USERS[0], () => worker.postMessage(carry()))
    const [carrier] = (await once(worker, 'message')) as [Record<string, string>]
    await worker.terminate()
    expect(currentAttribution()).toBeUndefined()
    resume(carrier, () => act(USERS[0]), { assurance: 'asserted' })
    expect(rowsOf(USERS[0])).toEqual(ownOf(USERS[0]))
  })
})

describe('a span that one user leaves open', () => {
  it('is no other user’s, and of a child of it that another user starts nobody knows whose it is', () => {
    const open = bind(USERS[0], () => traced.tracer.startSpan(USERS[0], { attributes: TOOL }))
    bind(USERS[1], () => act(USERS[1], trace.setSpan(context.active(), open)))
    open.end()
    expect(rowsOf(USERS[0])).toEqual(ownOf(USERS[0]))
    const [child] = traced.seen().filter(({ name }) => name === USERS[1])
    expect(child).toMatchObject({
      principal: USERS[0],
      assurance: { principal: 'inferred' },
      verdict: 'unknown',
      findings: ['stale_binding'],
    })
  })
})
