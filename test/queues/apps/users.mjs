// What each user does by way of a limiter, and whom each span is for by its name: `<library> <how>|<way>|<user>`.
import { SpanKind, trace } from '@opentelemetry/api'
import { setTimeout as wait } from 'node:timers/promises'
import { asAgent, onBehalfOf, via } from '../../../dist/index.js'

const USERS = ['kai@contoso.com', 'mia@contoso.com', 'lee@contoso.com']
const TOOL = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'order' }
const CLIENT = { kind: SpanKind.CLIENT, attributes: { 'server.address': 'shop' } }

const tracer = () => trace.getTracer('app')

function actAtOnce(name) {
  tracer().startSpan(name, CLIENT).end()
}

async function act(name) {
  const span = tracer().startSpan(name, CLIENT)
  await wait(2)
  span.end()
}

async function* steps(name) {
  yield await act(name)
  yield actAtOnce(name)
}

async function inTool(work) {
  return tracer().startActiveSpan('order', { attributes: TOOL }, async (span) => {
    const result = await work()
    span.end()
    return result
  })
}

/** `queued(job)` is the job that a limiter runs for the user; `name` is the span's. */
const WAYS = {
  'a call': (queued, name) => queued(() => act(name)),
  'a call that is over at once': (queued, name) =>
    queued(async () => {
      actAtOnce(name)
      await wait(1)
      actAtOnce(name)
    }),
  'two calls': (queued, name) =>
    queued(async () => {
      await act(name)
      await act(name)
    }),
  'through a connector': (queued, name) => queued(() => via('shop', () => act(name))),
  'in a tool': (queued, name) => inTool(() => queued(() => via('shop', () => act(name)))),
  'in a tool, and going on': async (queued, name) => {
    await inTool(() => queued(() => act(name)))
    await act(name)
    await wait(20)
  },
  'a stream': async (queued, name) => {
    for await (const _ of await queued(async () => steps(name)));
  },
}

/** Where a limiter is not told whose its jobs are, nobody can know that they are not those of who goes on. */
const ONLY_WHERE_BOUND = {
  'going on': async (queued, name) => {
    await queued(() => act(name))
    await wait(20)
  },
}

/** All limiters at once, and of each one way after the other. */
export async function useLimiters(limiters, load, isBound) {
  const ways = Object.entries({ ...WAYS, ...(isBound ? ONLY_WHERE_BOUND : {}) })
  await Promise.all(limiters.map((limiter) => useLimiter(limiter, load, ways)))
}

async function useLimiter({ library, how, make, path }, load, ways) {
  const exports = await load(`${library}${path}`).catch((error) => {
    if (error.code.endsWith('MODULE_NOT_FOUND')) return undefined
    throw error
  })
  for (const [way, run] of exports === undefined ? [] : ways) {
    const enqueue = make(exports)
    if (enqueue === undefined) return
    await Promise.all(
      USERS.map((user) => {
        const name = `${library} ${how}|${way}|${user}`
        return onBehalfOf({ principal: { id: user, type: 'human' }, intent: 'order' }, () =>
          asAgent('buyer', () => run((job) => enqueue(user, job, () => actAtOnce(name)), name)),
        )
      }),
    )
    await wait(5)
  }
}
