import { context } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, currentAttribution, decided, declareAutonomous, onBehalfOf, via } from '../../src/index.ts'
import { meeting } from '../live/meeting.ts'
import { newFaults } from './faults.ts'
import { inSpan, silence, tracing } from './provider.ts'

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u
const kai = { principal: 'kai@contoso.com' }
const principal = () => currentAttribution()?.principal?.id

beforeEach(() => {
  newFaults()
})
afterEach(silence)

describe.each(['with a context manager', 'without one'])('a binding, %s', (how) => {
  beforeEach(() => {
    if (how === 'with a context manager') tracing()
    else silence()
  })

  it('holds inside the function and not after it', () => {
    expect(onBehalfOf(kai, principal)).toBe('kai@contoso.com')
    expect(currentAttribution()).toBeUndefined()
  })
  it('holds over awaits, timers and callbacks that start inside', async () => {
    const seen = await onBehalfOf(kai, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      const later = new Promise((resolve) => setImmediate(() => resolve(principal())))
      return [principal(), await later]
    })
    expect(seen).toEqual(['kai@contoso.com', 'kai@contoso.com'])
  })
  it('keeps two users apart who are served at once', async () => {
    const meet = meeting(2)
    const serve = (user: string) =>
      onBehalfOf({ principal: user }, async () => {
        await meet()
        return principal()
      })
    expect(await Promise.all([serve('kai'), serve('lee')])).toEqual(['kai', 'lee'])
  })
  it('merges with the one around it, facet by facet', () => {
    const inner = onBehalfOf({ principal: 'kai', intent: 'report' }, () =>
      asAgent('planner', () =>
        via('crm', () =>
          decided({ outcome: 'allow' }, () =>
            onBehalfOf({ principal: 'lee' }, () => asAgent({ id: 'mailer', version: '2' }, currentAttribution)),
          ),
        ),
      ),
    )
    expect(inner).toMatchObject({
      principal: { id: 'lee' },
      intent: { summary: 'report' },
      actor: { id: 'mailer', version: '2' },
      actorChain: ['planner', 'mailer'],
      context: { id: 'crm' },
      decision: { outcome: 'allow' },
    })
  })
  it('passes on what the function returns and throws', () => {
    const error = new Error('of the app')
    expect(onBehalfOf(kai, () => 7)).toBe(7)
    expect(() =>
      onBehalfOf(kai, () => {
        throw error
      }),
    ).toThrow(error)
    expect(currentAttribution()).toBeUndefined()
  })
  it('runs the function once, even where it throws', () => {
    let runs = 0
    const fails = () => {
      runs++
      throw new Error('of the app')
    }
    expect(() => asAgent('a', fails)).toThrow('of the app')
    expect(runs).toBe(1)
  })
  it('is that of the caller for a rejected promise too', async () => {
    const rejected = onBehalfOf(kai, async () => {
      await Promise.resolve()
      throw new Error(principal())
    })
    await expect(rejected).rejects.toThrow('kai@contoso.com')
  })
  it('holds inside a returned generator, step by step, and not between its steps', () => {
    const steps = onBehalfOf(kai, function* () {
      const sent: unknown = yield principal()
      yield [sent, principal()]
      return principal()
    })
    expect(steps.next()).toEqual({ done: false, value: 'kai@contoso.com' })
    expect(currentAttribution()).toBeUndefined()
    expect(steps.next('sent')).toEqual({ done: false, value: ['sent', 'kai@contoso.com'] })
    expect(steps.next()).toEqual({ done: true, value: 'kai@contoso.com' })
  })
  it('holds inside a returned async generator, its end included', async () => {
    const ends: unknown[] = []
    const steps = onBehalfOf(kai, async function* () {
      try {
        await Promise.resolve()
        yield principal()
        yield 'never asked for'
      } finally {
        ends.push(principal())
      }
    })
    const got: unknown[] = []
    for await (const step of steps) {
      got.push(step)
      break
    }
    expect([got, ends]).toEqual([['kai@contoso.com'], ['kai@contoso.com']])
  })
  it('holds inside an async iterable that a promise brings', async () => {
    const iterable = await onBehalfOf(kai, () =>
      Promise.resolve({
        async *[Symbol.asyncIterator]() {
          await Promise.resolve()
          yield principal()
        },
      }),
    )
    const got: unknown[] = []
    for await (const step of iterable) got.push(step)
    expect(got).toEqual(['kai@contoso.com'])
  })
  it('holds inside a returned web stream, and reads no chunk before it is asked for', async () => {
    let pulls = 0
    const stream = onBehalfOf(
      kai,
      () =>
        new ReadableStream<unknown>(
          {
            pull(controller) {
              pulls++
              controller.enqueue(principal())
              if (pulls === 2) controller.close()
            },
          },
          { highWaterMark: 0 },
        ),
    )
    expect(pulls).toBe(0)
    const got: unknown[] = []
    for await (const chunk of stream) got.push(chunk)
    expect(got).toEqual(['kai@contoso.com', 'kai@contoso.com'])
  })
  it('cancels the stream behind a returned web stream', async () => {
    const reasons: unknown[] = []
    const stream = onBehalfOf(
      kai,
      () => new ReadableStream({ cancel: (reason) => void reasons.push(reason, principal()) }),
    )
    await stream.cancel('enough')
    expect(reasons).toEqual(['enough', 'kai@contoso.com'])
  })
  it('returns anything else as it is', () => {
    const things = [undefined, null, 'text', 7, Symbol.iterator, { a: 1 }, [1, 2], new Map(), () => 1]
    for (const thing of things) expect(onBehalfOf(kai, () => thing)).toBe(thing)
  })
})

describe('a correlation id', () => {
  it('is minted where none is bound', () => {
    silence()
    expect(onBehalfOf(kai, currentAttribution)?.correlationId).toMatch(UUID)
  })
  it('is minted once, and is that of what is nested', () => {
    tracing()
    const [outer, inner] = onBehalfOf(kai, () => [
      currentAttribution()?.correlationId,
      onBehalfOf({ principal: 'lee' }, currentAttribution)?.correlationId,
    ])
    expect(inner).toBe(outer)
  })
  it('differs for two requests', () => {
    tracing()
    const minted = () => onBehalfOf(kai, currentAttribution)?.correlationId
    expect(minted()).not.toBe(minted())
  })
  it('is the id of the active trace, so that services of one trace agree', () => {
    const { tracer } = tracing()
    inSpan(tracer, 'request', {}, (span) => {
      expect(onBehalfOf(kai, currentAttribution)?.correlationId).toBe(span.spanContext().traceId)
    })
  })
  it('that is given overrides all others', () => {
    tracing()
    expect(onBehalfOf({ ...kai, correlationId: ' c-1 ' }, currentAttribution)?.correlationId).toBe('c-1')
  })
  it('is minted for a declared run too', () => {
    silence()
    const bound = declareAutonomous({ owner: 'ops-team', trigger: 'cron' }, currentAttribution)
    expect(bound).toMatchObject({
      principal: { id: 'ops-team', type: 'service' },
      declaration: { type: 'autonomous', owner: 'ops-team', trigger: 'cron' },
    })
    expect(bound?.correlationId).toMatch(UUID)
  })
})

describe('a declared run', () => {
  const run = { owner: 'ops-team', trigger: 'cron', authority: { id: 'job-7', type: 'schedule' } } as const
  it('has the authority that it is given', () => {
    silence()
    expect(declareAutonomous(run, currentAttribution)?.authority).toEqual({ id: 'job-7', type: 'schedule' })
  })
  it('keeps the type of its owner where the owner is bound again by its bare id', () => {
    silence()
    const bound = declareAutonomous(run, () => onBehalfOf({ principal: 'ops-team' }, currentAttribution))
    expect(bound?.principal).toEqual({ id: 'ops-team', type: 'service' })
  })
  it('gives its type to nobody else', () => {
    silence()
    const other = { id: 'ops-team', issuer: 'https://other.example' }
    const inside = [{ principal: 'kai' }, { principal: other }].map((asked) =>
      declareAutonomous(run, () => onBehalfOf(asked, currentAttribution)),
    )
    expect(inside.map((bound) => bound?.principal)).toEqual([{ id: 'kai' }, other])
  })
})

const throwing = new Proxy(
  {},
  {
    get() {
      throw new Error('a getter of the app')
    },
  },
)
const cyclic: Record<string, unknown> = {}
cyclic['principal'] = cyclic

describe('an argument that isn’t a facet', () => {
  const BAD: readonly (readonly [string, unknown])[] = [
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a symbol', Symbol('s')],
    ['an array', []],
    ['an object without one', {}],
    ['a blank id', { principal: '  ' }],
    ['an id that is no string', { principal: { id: 7 } }],
    ['a type that is none', { principal: { id: 'kai', type: 'wizard' } }],
    ['a cycle', cyclic],
    ['a text that is too long', { principal: 'x'.repeat(2_000) }],
    ['an object whose getters throw', throwing],
    ['one with such a principal', { principal: throwing }],
  ]
  beforeEach(() => {
    tracing()
  })
  for (const [title, argument] of BAD) {
    it(`runs the function unbound and counts a fault: ${title}`, () => {
      expect(onBehalfOf(argument as never, principal)).toBeUndefined()
      expect(new Set(newFaults())).toEqual(new Set(['binding']))
    })
    it(`leaves no principal of outside in force: ${title}`, () => {
      expect(onBehalfOf(kai, () => onBehalfOf(argument as never, principal))).toBeUndefined()
    })
  }
  it('is a fault for an agent, a context and a decision as well, and nobody outside acts in their place', () => {
    const inside = asAgent('outer', () =>
      via('outer', () =>
        asAgent({} as never, () => via(7 as never, () => decided('yes' as never, currentAttribution))),
      ),
    )
    expect(inside).toBeUndefined()
    expect(newFaults()).toEqual(['binding', 'binding', 'binding'])
  })
  it('does not keep the good facets beside it from being bound', () => {
    const bound = onBehalfOf({ principal: 'kai', intent: 7 as never, authority: { id: 'a-1' } }, currentAttribution)
    expect(bound).toMatchObject({ principal: { id: 'kai' }, authority: { id: 'a-1' } })
    expect(bound?.intent).toBeUndefined()
  })
  it('that isn’t a function only counts a fault', () => {
    expect(onBehalfOf(kai, undefined as never)).toBeUndefined()
    expect(newFaults()).toEqual(['binding'])
  })
})

describe('what is bound', () => {
  beforeEach(() => {
    tracing()
  })
  it('is a copy: a later change of the argument changes nothing', () => {
    const argument = { principal: { id: 'kai' } }
    const inside = onBehalfOf(argument, () => {
      argument.principal.id = 'mallory'
      return principal()
    })
    expect(inside).toBe('kai')
  })
  it('holds no field that is not of a facet', () => {
    const bound = via({ id: 'crm', token: 'secret', credential: { id: 'k', secret: 's' } } as never, currentAttribution)
    expect(bound).toEqual({ context: { id: 'crm', credential: { id: 'k' } } })
  })
  it('hashes the intent, over what it says and nothing else', () => {
    const hash = (intent: object) => onBehalfOf({ ...kai, intent }, currentAttribution)?.intent?.hash
    expect(hash({ summary: 'report' })).toMatch(/^sha-256:[\w-]{43}$/u)
    expect(hash({ summary: 'report', parentId: 'p' })).toBe(hash({ summary: 'report' }))
    expect(hash({ summary: 'report', id: 'i' })).not.toBe(hash({ summary: 'report' }))
  })
  it('is lost with the context, and then nobody is named', () => {
    const queue: (() => unknown)[] = []
    onBehalfOf(kai, () => queue.push(principal))
    expect(queue[0]?.()).toBeUndefined()
  })
  it('goes where the app takes its context', () => {
    const kept = onBehalfOf(kai, () => context.active())
    expect(context.with(kept, principal)).toBe('kai@contoso.com')
  })
})
