import { EventEmitter } from 'node:events'
import { context, propagation, ROOT_CONTEXT, defaultTextMapGetter, trace } from '@opentelemetry/api'
import { W3CBaggagePropagator } from '@opentelemetry/core'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { createAlwaysRecordSampler, AlwaysOffSampler } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  action,
  asAgent,
  AttributionSpanExporter,
  AttributionSpanProcessor,
  carry,
  currentAttribution,
  decided,
  declareAutonomous,
  flush,
  guard,
  onBehalfOf,
  resume,
  via,
} from '../../src/index.ts'
import { AttributionPropagator } from '../../src/runtime/crossing/propagator.ts'
import { newFaults } from './faults.ts'
import { AGENT, diagLines, inSpan, silence, tracing } from './provider.ts'

const KAI = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'work' } as const
const principal = () => currentAttribution()?.principal?.id

beforeEach(() => {
  newFaults()
})
afterEach(() => {
  silence()
  vi.useRealTimers()
})

const throwing = new Proxy(
  {},
  {
    get() {
      throw new Error('get')
    },
    has() {
      throw new Error('has')
    },
    ownKeys() {
      throw new Error('ownKeys')
    },
    getOwnPropertyDescriptor() {
      throw new Error('descriptor')
    },
    getPrototypeOf() {
      throw new Error('prototype')
    },
  },
)
const revoked = Proxy.revocable({}, {})
revoked.revoke()
const cyclic: Record<string, unknown> = {}
for (const key of ['id', 'principal', 'owner', 'trigger', 'outcome', 'credential']) cyclic[key] = cyclic

const HOSTILE: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a number', 7],
  ['a bigint', 7n],
  ['a symbol', Symbol('s')],
  ['a function', () => {}],
  ['an array', ['kai']],
  ['a proxy that throws', throwing],
  ['a revoked proxy', revoked.proxy],
  ['a cycle', cyclic],
  ['a huge text', 'x'.repeat(5_000_000)],
  ['ids that are numbers', { id: 7, principal: 7, owner: 7, trigger: 7, outcome: 7 }],
  ['a Date', new Date()],
  ['an object without a prototype', Object.create(null) as unknown],
  ['JSON that sets __proto__', JSON.parse('{"__proto__": {"id": "ceo", "principal": "ceo"}}') as unknown],
]

describe.each(HOSTILE)('%s in place of a facet', (_, argument) => {
  const BINDINGS: readonly (readonly [string, (fn: () => number) => unknown])[] = [
    ['onBehalfOf', (fn) => onBehalfOf(argument as never, fn)],
    ['asAgent', (fn) => asAgent(argument as never, fn)],
    ['via', (fn) => via(argument as never, fn)],
    ['decided', (fn) => decided(argument as never, fn)],
    ['declareAutonomous', (fn) => declareAutonomous(argument as never, fn)],
    ['resume', (fn) => resume(argument as never, fn)],
  ]
  it.each(BINDINGS)('%s still runs the function once, and names nobody', (name, bind) => {
    tracing()
    let runs = 0
    expect(bind(() => ++runs)).toBe(1)
    bind(() => {
      const bound = currentAttribution()
      expect(bound?.principal).toBeUndefined()
      return 0
    })
    // A carrier that holds nothing to read is no failure.
    expect(newFaults().length > 0 || name === 'resume').toBe(true)
  })

  it('has action run the function or refuse before it', async () => {
    tracing()
    let runs = 0
    await action('act', { context: argument, target: argument, resource: argument } as never, () => ++runs)
    expect(runs).toBe(1)
    for (const act of [argument, { decision: argument }]) {
      const before = runs
      await action('act', act as never, () => ++runs).then(
        () => expect(runs).toBe(before + 1),
        (error: Error) => expect([error.name, runs]).toEqual(['AttributionError', before]),
      )
    }
  })

  it('has guard refuse before the effect', async () => {
    tracing()
    let runs = 0
    const asked = guard(argument as never, () => ++runs)
    await asked.then(
      () => expect(runs).toBe(1),
      (error: Error) => expect([error.name, runs]).toEqual(['AttributionError', 0]),
    )
  })
})

describe('what a binding returns', () => {
  beforeEach(() => void tracing())

  it('is the very emitter', () => {
    const emitter = new EventEmitter()
    expect(onBehalfOf(KAI, () => emitter)).toBe(emitter)
  })

  it('may be a thenable, which is taken on inside', async () => {
    const thenable = onBehalfOf(KAI, () => ({
      // oxlint-disable-next-line unicorn/no-thenable
      then: (resolve: (value: unknown) => void) => resolve(42),
    }))
    expect(await thenable).toBe(42)
  })

  it('may be a hostile object', () => {
    expect(onBehalfOf(KAI, () => throwing) === throwing).toBe(true)
    expect(onBehalfOf(KAI, () => revoked.proxy) === revoked.proxy).toBe(true)
  })

  it('may be a transform stream, a response or a locked stream', async () => {
    const response = onBehalfOf(KAI, () => new Response('text'))
    expect(await response.text()).toBe('text')
    const locked = new ReadableStream()
    locked.getReader()
    expect(onBehalfOf(KAI, () => locked)).toBe(locked)
  })
})

describe('baggage of an attacker', () => {
  const attack = [
    'user.id=ceo',
    'attribution.principal.id=ceo',
    'attribution.principal.assurance=verified',
    'attribution.decision.outcome=allow',
    'attribution.declaration.type=autonomous',
    'attribution.context.id=vault',
    'attribution.context.credential.id=root-key',
    '__proto__=ceo',
    'attribution.__proto__.id=ceo',
  ].join(',')

  function arriving(hosts: readonly string[] | undefined): ReturnType<typeof currentAttribution> {
    const propagator = new AttributionPropagator(new W3CBaggagePropagator(), hosts)
    const ctx = propagator.extract(ROOT_CONTEXT, { baggage: attack }, defaultTextMapGetter)
    return context.with(ctx, () => currentAttribution())
  }

  it('says nothing where it is off', () => {
    tracing()
    expect(arriving(undefined)).toBeUndefined()
  })

  it('says no more than a principal where it is on', () => {
    tracing()
    expect(arriving([])).toEqual({ principal: { id: 'ceo' } })
  })

  it('is a claim on the span, and never overrides what the process bound', () => {
    const traced = tracing()
    const propagator = new AttributionPropagator(new W3CBaggagePropagator(), [])
    const ctx = propagator.extract(ROOT_CONTEXT, { baggage: attack }, defaultTextMapGetter)
    context.with(ctx, () => {
      inSpan(traced.tracer, 'claimed', { attributes: AGENT }, () => {})
      onBehalfOf(KAI, () => inSpan(traced.tracer, 'bound', { attributes: AGENT }, () => {}))
    })
    expect(traced.one('claimed')).toMatchObject({ principal: 'ceo', assurance: { principal: 'claimed' } })
    expect(traced.one('claimed').findings).toContain('unverified_principal')
    expect(traced.one('bound')).toMatchObject({
      principal: 'kai@contoso.com',
      assurance: { principal: 'asserted' },
    })
  })

  it('passes nothing of user.id to anybody', () => {
    const traced = tracing()
    const ctx = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ 'user.id': { value: 'ceo' } }))
    context.with(ctx, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}))
    expect(traced.one('agent').principal).toBeUndefined()
  })
})

describe('a carrier', () => {
  it.each([
    ['with __proto__', '{"__proto__": {"attribution.principal.id": "ceo"}}'],
    ['with a constructor', '{"constructor": {"prototype": {"attribution.principal.id": "ceo"}}}'],
    ['cut short', '{"attribution.principal.id": "", "traceparent": "00-0af76519"}'],
    ['whose values are no strings', '{"attribution.principal.id": {"id": "ceo"}, "attribution.correlation.id": 7}'],
    ['with all zeros', '{"traceparent": "00-00000000000000000000000000000000-0000000000000000-01"}'],
    ['as large as a book', JSON.stringify({ 'attribution.principal.id': 'x'.repeat(1_000_000) })],
  ])('%s names nobody', (_, json) => {
    tracing()
    expect(resume(JSON.parse(json) as never, principal)).toBeUndefined()
    expect(({} as Record<string, unknown>)['attribution.principal.id']).toBeUndefined()
  })

  it('that is resumed for somebody else does not displace who is bound', () => {
    tracing()
    const carrier = onBehalfOf({ principal: 'mia@contoso.com' }, () => carry())
    expect(onBehalfOf(KAI, () => resume(carrier, principal))).toBe('kai@contoso.com')
  })
})

describe('a span', () => {
  it('that is recorded and not sampled is judged and not exported', () => {
    const traced = tracing([new AttributionSpanProcessor()], {
      sampler: createAlwaysRecordSampler(new AlwaysOffSampler()),
    })
    onBehalfOf(KAI, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}))
    expect(traced.spans()).toEqual([])
    expect(newFaults()).toEqual([])
  })

  it('that does not record is nobody’s, and what is below it still knows who is bound', () => {
    const traced = tracing()
    const silent = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 })
    onBehalfOf(KAI, () =>
      context.with(trace.setSpan(context.active(), silent), () =>
        inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}),
      ),
    )
    expect(traced.one('agent')).toMatchObject({ principal: 'kai@contoso.com', verdict: 'separated' })
  })

  it('whose values are cut short by a limit is judged by whole ones', () => {
    const traced = tracing([new AttributionSpanProcessor()], { spanLimits: { attributeValueLengthLimit: 4 } })
    onBehalfOf(KAI, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}))
    // The limit cut the operation itself, which nobody can recognize any more; a kind of ours is short enough.
    onBehalfOf(KAI, () => inSpan(traced.tracer, 'tool', { attributes: { 'attribution.span.kind': 'tool' } }, () => {}))
    expect(traced.one('tool')).toMatchObject({ principal: 'k…26', kind: 'tool' })
  })

  it('that another processor fails on is attributed where ours comes first, and nothing of ours throws', () => {
    const broken: SpanProcessor = {
      onStart() {},
      onEnd() {
        throw new Error('broken')
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    }
    const traced = tracing([new AttributionSpanProcessor(), broken])
    let ended: ReturnType<typeof traced.tracer.startSpan> | undefined
    onBehalfOf(KAI, () => (ended = traced.tracer.startSpan('agent', { attributes: AGENT })))
    expect(() => ended?.end()).toThrow('broken')
    expect((ended as unknown as { attributes: object }).attributes).toHaveProperty(['attribution.verdict'], 'separated')
    expect(newFaults()).toEqual([])
  })

  it('whose clock jumps back is judged as any other', () => {
    const traced = tracing()
    onBehalfOf(KAI, () => {
      const now = Date.now()
      const span = traced.tracer.startSpan('agent', { attributes: AGENT, startTime: now })
      span.end(now - 3_600_000)
    })
    expect(traced.one('agent')).toMatchObject({ principal: 'kai@contoso.com', verdict: 'separated' })
  })

  it('at an odd time is judged as any other', () => {
    const traced = tracing()
    onBehalfOf(KAI, () => {
      for (const startTime of [0, Number.NaN, -1, Number.MAX_SAFE_INTEGER, new Date(Number.NaN)]) {
        traced.tracer.startSpan('agent', { attributes: AGENT, startTime }).end()
      }
    })
    expect(traced.seen().map(({ verdict }) => verdict)).toEqual(Array(5).fill('separated'))
    expect(newFaults()).toEqual([])
  })
})

it('a hundred thousand concurrent traces are each attributed to their own user', () => {
  const traced = tracing()
  const COUNT = 100_000
  const open = Array.from({ length: COUNT }, (_, index) =>
    onBehalfOf({ principal: `user-${index}@contoso.com`, intent: 'work' }, () =>
      traced.tracer.startSpan(`user-${index}@contoso.com`, { attributes: AGENT, root: true }),
    ),
  )
  for (const span of open) span.end()
  const spans = traced.spans()
  expect(spans).toHaveLength(COUNT)
  expect(spans.filter(({ name, attributes }) => attributes['attribution.principal.id'] !== name)).toEqual([])
}, 240_000)

describe('an exporter', () => {
  const span = () => {
    const traced = tracing([])
    inSpan(traced.tracer, 'agent', { attributes: { ...AGENT, 'user.id': 'kai@contoso.com' } }, () => {})
    return traced.spans()
  }

  it('that throws has failed, and says so once', () => {
    const results: number[] = []
    const failing = {
      export: () => {
        throw new Error('no')
      },
      shutdown: () => Promise.resolve(),
    }
    new AttributionSpanExporter(failing).export([...span()], ({ code }) => results.push(code))
    expect(results).toEqual([1])
  })

  it('that throws after it called back has called back once', () => {
    const results: number[] = []
    const failing = {
      export: (_: unknown, done: (result: { code: number }) => void) => {
        done({ code: 0 })
        throw new Error('no')
      },
      shutdown: () => Promise.resolve(),
    }
    new AttributionSpanExporter(failing).export([...span()], ({ code }) => results.push(code))
    expect(results).toEqual([0])
  })

  it('that never calls back does not hang flush', async () => {
    const hanging = { export() {}, shutdown: () => Promise.resolve(), forceFlush: () => new Promise<void>(() => {}) }
    const exporter = new AttributionSpanExporter(hanging)
    exporter.export([...span()], () => {})
    trace.disable()
    trace.setGlobalTracerProvider({
      getTracer: () => trace.getTracer('none'),
      forceFlush: () => exporter.forceFlush(),
    } as never)
    await expect(flush(10)).resolves.toBeUndefined()
  })

  it('gets what is no array as it is, and is no worse for it', () => {
    const got: unknown[] = []
    const exporter = new AttributionSpanExporter({
      export: (spans) => void got.push(spans),
      shutdown: () => Promise.resolve(),
    })
    for (const batch of [null, 7, [null], [throwing], [{}]]) {
      expect(() => exporter.export(batch as never, () => {})).not.toThrow()
    }
    expect(got).toHaveLength(5)
  })
})

it('no provider at all: bindings bind and functions run', async () => {
  silence()
  diagLines()
  expect(onBehalfOf(KAI, principal)).toBe('kai@contoso.com')
  expect(await onBehalfOf(KAI, async () => (await Promise.resolve(), principal()))).toBe('kai@contoso.com')
  expect(Object.keys(onBehalfOf(KAI, carry))).toContain('attribution.principal.id')
})

it('a provider that comes late finds what is bound', () => {
  silence()
  onBehalfOf(KAI, () => {
    const traced = tracing()
    inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {})
    expect(traced.one('agent')).toMatchObject({ principal: 'kai@contoso.com', verdict: 'separated' })
  })
})
