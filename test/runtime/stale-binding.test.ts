import { SpanKind, context, trace } from '@opentelemetry/api'
import type { Span, SpanOptions } from '@opentelemetry/api'
import { EventEmitter } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, bindAttribution, carry, currentAttribution, guard, onBehalfOf, resume, via } from '../../src/index.ts'
import { newFaults } from './faults.ts'
import { AGENT, TOOL, inSpan, silence, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const USERS = ['kai@contoso.com', 'mia@contoso.com', 'lee@contoso.com'] as const
const [KAI, MIA] = USERS

let traced: Traced

beforeEach(() => {
  newFaults()
  traced = tracing()
})
afterEach(silence)

/** For so many milliseconds the process does nothing else once a call has begun; its timers are due by then. */
let busyFor = 0

function block(time: number): void {
  const begun = performance.now()
  while (performance.now() - begun < time);
}

/** A call to the outside that takes a while, named by whom it is really for. */
async function act(user: string): Promise<string> {
  const span = traced.tracer.startSpan(user, { kind: SpanKind.CLIENT, attributes: { 'server.address': 'shop' } })
  const waited = wait(2)
  block(busyFor)
  await waited
  span.end()
  return user
}

/** The same call, made when somebody awaits it. */
function query(user: string) {
  // oxlint-disable-next-line unicorn/no-thenable
  return { then: <T>(onFulfilled: (user: string) => T) => act(user).then(onFulfilled) } as Promise<string>
}

async function* stepping(user: string): AsyncGenerator<string> {
  yield await act(user)
}

function bind<T>(user: string, work: () => T): T {
  return onBehalfOf({ principal: { id: user, type: 'human' }, intent: 'order' }, () => asAgent('buyer', work))
}

/** Spans that name somebody else than whom they are for, without a word of it. */
function wrong(): readonly string[] {
  return traced
    .seen()
    .filter(({ kind, name, principal, verdict }) => kind === 'effect' && principal !== name && verdict !== 'unknown')
    .map(({ name, principal }) => `${name} is put down to ${principal}`)
}

function verdictsOf(name: string) {
  const spans = traced.seen().filter((span) => span.name === name)
  return spans.map(({ principal, verdict, findings }) => ({ principal, verdict, findings }))
}

/** Runs one job at a time, each in the context in which the one before came to its end, as most limiters do. */
function limiter() {
  const jobs: (() => Promise<void>)[] = []
  let isBusy = false
  const next = () => {
    const job = jobs.shift()
    isBusy = job !== undefined
    void job?.()
  }
  return <T>(work: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      jobs.push(async () => {
        try {
          resolve(await work())
        } catch (error) {
          reject(error as Error)
        } finally {
          next()
        }
      })
      if (!isBusy) next()
    })
}

describe.each([
  ['', 0],
  [', on a busy process', 5],
])('a limiter that runs the job of one user in the context of another%s', (_how, busy) => {
  beforeEach(() => (busyFor = busy))
  afterEach(() => (busyFor = 0))

  it.each([
    ['the job is all that there is to do', (user: string, limit: Limit) => limit(() => act(user))],
    [
      'a job makes several calls',
      (user: string, limit: Limit) =>
        limit(async () => {
          await act(user)
          return act(user)
        }),
    ],
    ['the job names its connector', (user: string, limit: Limit) => limit(() => via('shop', () => act(user)))],
    ['the job is a query', (user: string, limit: Limit) => limit(() => via('shop', () => query(user)))],
    ['the job awaits a query', (user: string, limit: Limit) => limit(async () => via('shop', () => query(user)))],
    [
      'the job reads a query that came later',
      (user: string, limit: Limit) =>
        limit(async () => {
          const later = via('shop', () => query(user))
          await wait(1)
          return later
        }),
    ],
    [
      'the job reads steps',
      (user: string, limit: Limit) =>
        limit(async () => {
          const steps = via('shop', () => stepping(user))
          await wait(1)
          for await (const _ of steps);
        }),
    ],
    [
      'the job is that of a tool',
      (user: string, limit: Limit) =>
        inTool(async () => {
          await limit(() => via('shop', () => act(user)))
        }),
    ],
    [
      'the agent goes on after its tool',
      async (user: string, limit: Limit) => {
        await inTool(() => limit(() => act(user)))
        await wait(30)
      },
    ],
  ])('puts nothing down to another where %s', async (_, work) => {
    const limit = limiter()
    await Promise.all(USERS.map((user) => bind(user, () => work(user, limit))))
    await wait(10)
    expect(wrong()).toEqual([])
    expect(verdictsOf(KAI)[0]).toEqual({ principal: KAI, verdict: 'separated', findings: [] })
    expect(verdictsOf(MIA)[0]?.findings).toEqual(['stale_binding'])
  })

  it('puts nothing down to another in a busy process, where one timer follows the other without a pause', async () => {
    const limit = limiter()
    const actSlowly = async (user: string) => {
      const span = traced.tracer.startSpan(user, { kind: SpanKind.CLIENT, attributes: { 'server.address': 'shop' } })
      const until = Date.now() + 5
      while (Date.now() < until);
      await wait(1)
      span.end()
    }
    await Promise.all(USERS.map((user) => bind(user, () => limit(() => actSlowly(user)))))
    expect(wrong()).toEqual([])
    expect(verdictsOf(MIA)[0]?.findings).toEqual(['stale_binding'])
  })

  it('has each job be its own user’s where the job is bound', async () => {
    const limit = limiter()
    await Promise.all(USERS.map((user) => bind(user, () => limit(bindAttribution(() => act(user))))))
    for (const user of USERS) {
      expect(verdictsOf(user)).toEqual([{ principal: user, verdict: 'separated', findings: [] }])
    }
  })

  it('has each job be its own user’s where it is carried and resumed', async () => {
    const limit = limiter()
    await Promise.all(
      USERS.map((user) =>
        bind(user, async () => {
          const carrier = carry()
          await limit(() => resume(carrier, () => asAgent('worker', () => act(user)), { assurance: 'asserted' }))
        }),
      ),
    )
    expect(wrong()).toEqual([])
    expect(verdictsOf(MIA)[0]).toMatchObject({ principal: MIA, verdict: 'separated' })
  })
})

type Limit = ReturnType<typeof limiter>

async function inTool<T>(work: () => Promise<T>): Promise<T> {
  return traced.tracer.startActiveSpan('order', { attributes: TOOL }, async (span) => {
    const result = await work()
    span.end()
    return result
  })
}

describe('a span that starts when the bound function has settled', () => {
  const late = async (work: () => Promise<unknown>) => {
    let done: Promise<unknown> = Promise.resolve()
    await bind(KAI, async () => {
      await wait(1)
      done = wait(5).then(work)
    })
    await done
  }

  it('is known to be nobody’s, and all that is known of it is a guess', async () => {
    await late(() => act(KAI))
    const effect = traced.one(KAI)
    expect(effect).toMatchObject({ principal: KAI, verdict: 'unknown', findings: ['stale_binding'] })
    expect(effect.assurance).toMatchObject({ principal: 'inferred', actor: 'inferred', intent: 'inferred' })
    expect(effect.span.attributes).toMatchObject({ 'attribution.principal.source': 'ambient' })
  })

  it('has nobody’s attribution to carry on, to show or to send', async () => {
    let seen: unknown
    await late(async () => {
      seen = [currentAttribution(), carry()]
      await Promise.resolve()
    })
    expect(seen).toEqual([undefined, {}])
    expect(newFaults()).toEqual(['carrier'])
  })

  it('is not let through by a guard', async () => {
    let refused: unknown
    await late(async () => {
      refused = await guard({ facets: ['principal'], assurance: 'asserted' }, () => 'done').catch(
        (error: unknown) => error,
      )
    })
    expect(refused).toMatchObject({ name: 'AttributionError' })
  })

  it('stays nobody’s in what is bound inside, unless a principal is bound', async () => {
    await late(async () => {
      await asAgent('other', () => act(KAI))
      await onBehalfOf({ principal: { id: MIA, type: 'human' }, intent: 'return' }, () =>
        asAgent('clerk', () => act(MIA)),
      )
    })
    expect(verdictsOf(KAI)).toEqual([{ principal: KAI, verdict: 'unknown', findings: ['stale_binding'] }])
    expect(verdictsOf(MIA)).toEqual([{ principal: MIA, verdict: 'separated', findings: [] }])
    expect(traced.one(MIA).chain).toEqual(['clerk'])
  })
})

describe('a worker that is made inside a binding', () => {
  it.each([
    ['and returned', (worker: EventEmitter) => worker],
    ['and brought by a promise', (worker: EventEmitter) => Promise.resolve(worker)],
    ['by a function that settles', () => Promise.resolve()],
  ])('does its jobs for nobody, %s', async (_, result) => {
    const worker = new EventEmitter()
    let job: Promise<unknown> = Promise.resolve()
    await onBehalfOf({ principal: { id: KAI, type: 'human' }, intent: 'order' }, () => {
      job = wait(5).then(() => asAgent('worker', () => act(MIA)))
      return result(worker)
    })
    await job
    expect(verdictsOf(MIA)).toEqual([{ principal: KAI, verdict: 'unknown', findings: ['stale_binding'] }])
  })
})

describe('a binding goes on', () => {
  it('where its function returned no promise, as the next handler of a server does', async () => {
    let acted: Promise<unknown> = Promise.resolve()
    bind(KAI, () => {
      acted = wait(2).then(() => act(KAI))
    })
    await acted
    expect(verdictsOf(KAI)).toEqual([{ principal: KAI, verdict: 'separated', findings: [] }])
  })

  it('while the request is served, and no longer', async () => {
    const request = traced.tracer.startSpan('POST', { kind: SpanKind.SERVER })
    let answer = () => {}
    const answered = new Promise<void>((resolve) => (answer = resolve))
    let [streamed, after]: Promise<unknown>[] = []
    await context.with(trace.setSpan(context.active(), request), () =>
      bind(KAI, async () => {
        await wait(1)
        streamed = wait(5).then(() => act(KAI))
        after = answered.then(() => act(MIA))
      }),
    )
    await streamed
    request.end()
    answer()
    await after
    expect(verdictsOf(KAI)).toEqual([{ principal: KAI, verdict: 'separated', findings: [] }])
    expect(verdictsOf(MIA)).toEqual([{ principal: KAI, verdict: 'unknown', findings: ['stale_binding'] }])
  })

  it('while the stream is read that a promise brought', async () => {
    const steps = await bind(KAI, async () => {
      await wait(1)
      return (async function* () {
        yield await act(KAI)
        await wait(2)
        yield await act(KAI)
      })()
    })
    const got: string[] = []
    for await (const step of steps) got.push(step)
    expect(got).toHaveLength(2)
    expect(verdictsOf(KAI)).toEqual(
      Array.from({ length: 2 }, () => ({ principal: KAI, verdict: 'separated', findings: [] })),
    )
  })

  it('in an agent that runs on by itself, though what started it has settled', async () => {
    let run: Promise<unknown> = Promise.resolve()
    await onBehalfOf({ principal: { id: KAI, type: 'human' }, intent: 'order' }, async () => {
      run = asAgent('buyer', async () => {
        await wait(5)
        return act(KAI)
      })
      await wait(1)
    })
    await run
    expect(verdictsOf(KAI)).toEqual([{ principal: KAI, verdict: 'separated', findings: [] }])
  })
})

describe('a span whose parent and whose binding belong to different work', () => {
  /** What an instrumentation does that keeps spans by the id of a run and sets them on whatever context is active. */
  const below = (parent: Span, name: string) =>
    traced.tracer.startSpan(name, { attributes: TOOL }, trace.setSpan(context.active(), parent))

  it('is not put down to whom the context belongs', async () => {
    const parents = new Map<string, Span>()
    await Promise.all(
      [KAI, MIA].map((user) =>
        bind(user, async () => {
          parents.set(user, traced.tracer.startSpan('graph', { attributes: AGENT }))
          await wait(5)
          if (user === KAI) below(parents.get(MIA) as Span, 'for mia').end()
          await wait(5)
          parents.get(user)?.end()
        }),
      ),
    )
    expect(traced.one('for mia')).toMatchObject({ principal: MIA, verdict: 'unknown', findings: ['stale_binding'] })
    expect(traced.one('for mia').assurance['principal']).toBe('inferred')
  })

  it('is told as before where one was bound inside the other', () => {
    const inner = bind(KAI, () =>
      inSpan(traced.tracer, 'outer', { attributes: AGENT }, (outer) =>
        bind(MIA, () => {
          below(outer, 'inner').end()
          return traced.one('inner')
        }),
      ),
    )
    expect(inner).toMatchObject({ principal: MIA })
    expect(inner.findings).toContain('principal_changed')
    expect(inner.findings).not.toContain('stale_binding')
  })
})

describe('bindAttribution', () => {
  it('runs the function as of where it was bound, with this, arguments and result', () => {
    const seen = bind(KAI, () =>
      bindAttribution(function (this: unknown, ...args: number[]) {
        return [this, args, currentAttribution()?.principal?.id]
      }),
    )
    const self = {}
    expect(bind(MIA, () => Reflect.apply(seen, self, [1, 2]) as unknown)).toEqual([self, [1, 2], KAI])
  })
  it('may start in one callback what another one ends, as tracers do', async () => {
    const spans: Span[] = []
    await bind(KAI, async () => {
      const start = bindAttribution(async () => spans.push(traced.tracer.startSpan('run', { attributes: TOOL })))
      const end = bindAttribution(async () => spans[0]?.end())
      await bind(MIA, () => start())
      await wait(2)
      await bind(MIA, () => end())
    })
    expect(verdictsOf('run')).toEqual([{ principal: KAI, verdict: 'separated', findings: [] }])
  })
  it('binds nobody where nobody was bound', () => {
    const seen = bindAttribution(() => currentAttribution())
    expect(bind(MIA, seen)).toBeUndefined()
  })
  it('keeps name and length, and passes on what is thrown', () => {
    const bound = bindAttribution(function fails(_one: string) {
      throw new Error('of the app')
    })
    expect([bound.name, bound.length]).toEqual(['fails', 1])
    expect(() => bound('')).toThrow('of the app')
  })
  it('starts spans below the one that was active', () => {
    const [bound, parent] = inSpan(traced.tracer, 'request', { attributes: AGENT }, (span) => [
      bindAttribution(() => traced.tracer.startSpan('later').end()),
      span.spanContext().spanId,
    ])
    bound()
    const later = traced.spans().find(({ name }) => name === 'later')
    expect(later?.parentSpanContext?.spanId).toBe(parent)
  })
  it('holds for what its function returns', async () => {
    const later = await bind(KAI, async () => {
      await wait(1)
      return { run: bindAttribution(() => wait(2).then(() => act(KAI))) }
    })
    await later.run()
    expect(verdictsOf(KAI)).toEqual([{ principal: KAI, verdict: 'separated', findings: [] }])
  })
  it('does not hold for what its function starts and does not return, once the work around it is over', async () => {
    const later = await bind(KAI, async () => {
      await wait(1)
      return { run: bindAttribution(() => ({ acted: wait(2).then(() => act(KAI)) })) }
    })
    await later.run().acted
    expect(verdictsOf(KAI)).toEqual([{ principal: KAI, verdict: 'unknown', findings: ['stale_binding'] }])
  })
  it('gives back what is no function, and counts a fault', () => {
    expect(bindAttribution('no function' as never)).toBe('no function')
    expect(newFaults()).toEqual(['binding'])
  })
})

/** A worker loop that runs on in the context of whoever started it. */
class SharedLoop {
  readonly #jobs: (() => Promise<unknown>)[] = []
  #isOn = false

  push(job: () => Promise<unknown>): void {
    this.#jobs.push(job)
    if (!this.#isOn) void this.#run()
  }

  /** Runs a job and waits for it. */
  done(job: () => Promise<unknown>): Promise<unknown> {
    return new Promise((resolve) => this.push(() => job().then(resolve)))
  }

  stop(): void {
    this.#isOn = false
  }

  async #run(): Promise<void> {
    this.#isOn = true
    while (this.#isOn) {
      const job = this.#jobs.shift()
      if (job === undefined) await wait(1)
      else await job()
    }
  }
}

function named(user: string): SpanOptions {
  return { attributes: { 'gen_ai.operation.name': 'invoke_agent', 'user.id': user } }
}

describe('a loop that one user started runs the job of another', () => {
  let loop: SharedLoop
  beforeEach(() => {
    loop = new SharedLoop()
  })
  afterEach(() => loop.stop())

  const startedIn: readonly [title: string, start: () => Promise<unknown>][] = [
    [
      'in a callback that returned nothing',
      () =>
        bind(
          KAI,
          () =>
            new Promise((resolve) =>
              setTimeout(
                bindAttribution(() => loop.push(() => act(KAI).then(resolve))),
                1,
              ),
            ),
        ),
    ],
    [
      'below more bindings than are remembered',
      () =>
        bind(KAI, async () => {
          const nested = (depth: number): unknown =>
            depth === 0 ? loop.done(() => act(KAI)) : via('shop', () => nested(depth - 1))
          await nested(100)
        }),
    ],
    [
      'before a stream of theirs was piped through another, and read to its end',
      async () => {
        const stream = await bind(KAI, async () => {
          await loop.done(() => act(KAI))
          return new ReadableStream({ pull: (controller) => controller.close() })
        })
        for await (const chunk of stream.pipeThrough(new TransformStream())) expect(chunk).toBeUndefined()
      },
    ],
  ]

  it.each(startedIn)('%s', async (_, start) => {
    await start()
    await wait(5)
    await bind(MIA, () => loop.done(() => act(MIA)))
    expect(wrong()).toEqual([])
    expect(verdictsOf(MIA)).toEqual([{ principal: KAI, verdict: 'unknown', findings: ['stale_binding'] }])
  })

  it('below the span of an agent that ended, which alone named the user', async () => {
    const agent = (user: string) =>
      traced.tracer.startActiveSpan('agent', named(user), async (span) => {
        await loop.done(() => act(user))
        span.end()
      })
    await agent(KAI)
    await wait(5)
    await agent(MIA)
    expect(wrong()).toEqual([])
  })

  it('and asks through a client that keeps the context of the first, inside of a binding that names nobody', async () => {
    const client = await bind(KAI, async () => {
      const kept = context.active()
      const client = { send: (user: string) => context.with(kept, () => act(user)) }
      await client.send(KAI)
      return client
    })
    await asAgent('janitor', () => client.send('nobody'))
    expect(wrong()).toEqual([])
  })
})

it('who names a principal of their own inside of what is disputed is named', async () => {
  const steps = bind(KAI, () =>
    (async function* () {
      yield 1
      yield await bind(MIA, () => act(MIA))
    })(),
  )
  await steps.next()
  await bind(USERS[2], () => steps.next())
  expect(wrong()).toEqual([])
  expect(verdictsOf(MIA)).toEqual([{ principal: MIA, verdict: 'separated', findings: [] }])
})

it('the agents of an endless run are no more than a chain keeps', async () => {
  const chain = async (left: number): Promise<readonly string[]> => {
    await wait(0)
    return left === 0 ? (currentAttribution()?.actorChain ?? []) : asAgent('janitor', () => chain(left - 1))
  }
  expect(await bind(KAI, () => chain(300))).toHaveLength(128)
})
