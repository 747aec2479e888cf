import type { Attributes } from '@opentelemetry/api'
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JudgingOptions } from '../../src/setup/config.ts'
import { asAgent, AttributionSpanExporter, AttributionSpanProcessor } from '../../src/index.ts'
import { carry, decided, onBehalfOf, resume, via } from '../../src/index.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from './provider.ts'

const ALL: JudgingOptions = { findingAttributes: true, findingEvents: true, findingWarnings: true, fillStandard: true }
const KAI = 'kai.with.a.very.long.name@department.contoso.com'
const KIM = 'kai.with.a.very.long.name@department.contoso.org'

beforeEach(() => {
  newFaults()
})
afterEach(silence)

/** Everything that can be bound, each of it long. */
function act<T>(principal: string, work: () => T): T {
  const intent = { id: `intent-${'i'.repeat(90)}`, summary: 's'.repeat(400), purpose: 'p'.repeat(400) }
  const authority = {
    id: `grant-${'g'.repeat(90)}`,
    type: 'approval' as const,
    scopes: ['mail.send'.repeat(20), 'mail.read'],
    expiresAt: '2999-12-31T23:59:59.999Z',
  }
  const context = { id: 'mail-connector'.repeat(9), target: 't'.repeat(90), credential: { id: 'key'.repeat(40) } }
  const decision = { outcome: 'allow' as const, policy: { id: 'policy'.repeat(20) }, at: '2020-01-01T00:00:00.000Z' }
  return onBehalfOf(
    { principal: { id: principal, type: 'human' }, intent, authority, correlationId: 'c'.repeat(90) },
    () =>
      asAgent({ id: 'planner'.repeat(15), name: 'planner' }, () =>
        asAgent({ id: 'report-assistant'.repeat(9) }, () => via(context, () => decided(decision, work))),
      ),
  )
}

const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.flatMap(textsIn) : []
const longest = (attributes: Attributes | SpanShape['attributes']) =>
  Math.max(
    ...Object.values(attributes)
      .flatMap(textsIn)
      .map(({ length }) => length),
  )

const KINDS: Attributes = { 'attribution.span.kind': 'tool' }

describe.each([4, 16, 32, 51, 100, 1_023])(
  'where the app cuts values to %i characters',
  (attributeValueLengthLimit) => {
    const limited = { spanLimits: { attributeValueLengthLimit } }

    it('no value of ours on a span or its events is longer, in lists neither', () => {
      const traced = tracing([new AttributionSpanProcessor(ALL)], limited)
      act(KAI, () => inSpan(traced.tracer, 'tool', { attributes: KINDS }, () => {}))
      inSpan(traced.tracer, 'bare', { attributes: KINDS }, () => {})
      for (const { attributes, events } of traced.spans()) {
        const warnings = textsIn(attributes['@jaeger@warnings'])
        expect(new Set(warnings).size).toBe(warnings.length)
        expect(longest(attributes)).toBeLessThanOrEqual(attributeValueLengthLimit)
        for (const event of events)
          expect(longest(event.attributes ?? {})).toBeLessThanOrEqual(attributeValueLengthLimit)
      }
      expect(newFaults()).toEqual([])
    })

    it('no value is longer while the span is open', () => {
      const traced = tracing([new AttributionSpanProcessor(ALL)], limited)
      act(KAI, () => {
        const span = traced.tracer.startSpan('tool', { attributes: KINDS })
        expect(longest((span as unknown as ReadableSpan).attributes)).toBeLessThanOrEqual(attributeValueLengthLimit)
        span.end()
      })
    })

    it('nor is one on a copy that our exporter makes, or where another processor wrote over ours', () => {
      const memory = new InMemorySpanExporter()
      const traced = tracing([], limited)
      inSpan(traced.tracer, 'tool', { attributes: KINDS }, (span) => span.setAttribute('user.id', KAI))
      const [ended] = traced.spans()
      Object.freeze(ended?.attributes)
      new AttributionSpanExporter(memory, ALL).export([ended as ReadableSpan], () => {})
      const [copy] = memory.getFinishedSpans()
      expect(copy?.attributes).toHaveProperty(['attribution.judge'])
      expect(longest(copy?.attributes ?? {})).toBeLessThanOrEqual(attributeValueLengthLimit)
    })

    it('a span is judged by whole values, and no cut one is in conflict with them', () => {
      const traced = tracing([new AttributionSpanProcessor(ALL)], limited)
      act(KAI, () =>
        inSpan(traced.tracer, 'above', { attributes: { ...KINDS, 'user.id': KAI } }, () =>
          inSpan(traced.tracer, 'below', { attributes: { ...KINDS, 'user.id': KAI } }, (span) =>
            span.setAttribute('attribution.principal.id', KAI),
          ),
        ),
      )
      expect(traced.seen().flatMap(({ findings }) => findings)).toEqual([])
    })
  },
)

describe('the audit of what was cut', () => {
  // By less than ten not even the words of an assurance fit.
  it.each([10, 16, 32, 51, 100, 1_023])('to %i characters finds no conflict', (attributeValueLengthLimit) => {
    const traced = tracing([new AttributionSpanProcessor(ALL)], { spanLimits: { attributeValueLengthLimit } })
    act(KAI, () =>
      inSpan(traced.tracer, 'above', { attributes: { ...KINDS, 'user.id': KAI } }, () =>
        inSpan(traced.tracer, 'below', { attributes: { ...KINDS, 'user.id': KAI } }, () => {}),
      ),
    )
    const policy = createPolicy()
    const judged = judgeTrace(traced.spans(), policy, createJudge(policy))
    expect(judged.flatMap(({ judgement }) => judgement.findings)).toEqual([])
  })
})

describe('two users whose ids have the same prefix', () => {
  it.each([32, 40])('stay two where the app cuts values to %i characters', (attributeValueLengthLimit) => {
    const traced = tracing([new AttributionSpanProcessor()], { spanLimits: { attributeValueLengthLimit } })
    for (const user of [KAI, KIM]) act(user, () => inSpan(traced.tracer, user, { attributes: KINDS }, () => {}))
    const principals = traced.seen().map(({ principal }) => principal)
    expect(new Set(principals).size).toBe(2)
    for (const principal of principals) expect(principal).toContain(KAI.slice(0, 15))
  })
  it('are in conflict on one span where they differ before the cut', () => {
    const traced = tracing([new AttributionSpanProcessor()], { spanLimits: { attributeValueLengthLimit: 32 } })
    const attributes = { ...KINDS, 'user.id': `mia${KAI}` }
    act(KAI, () => inSpan(traced.tracer, 'tool', { attributes }, () => {}))
    expect(traced.one('tool').findings).toEqual(['conflicting_identity'])
  })
})

describe('what means something else when it is cut', () => {
  it('is left out: a hash and times', () => {
    const traced = tracing([new AttributionSpanProcessor()], { spanLimits: { attributeValueLengthLimit: 20 } })
    act(KAI, () => inSpan(traced.tracer, 'tool', { attributes: KINDS }, () => {}))
    const { attributes } = traced.one('tool').span
    expect(attributes).toHaveProperty(['attribution.intent.summary'])
    for (const name of ['intent.hash', 'authority.expires_at', 'decision.at']) {
      expect(attributes).not.toHaveProperty([`attribution.${name}`])
    }
  })
})

describe('the app’s limit on links', () => {
  const link = { context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 } }

  it.each([0, 1])('of %i holds, and none of its own gives way: the next span takes ours', (linkCountLimit) => {
    const traced = tracing([new AttributionSpanProcessor()], { spanLimits: { linkCountLimit } })
    const carrier = onBehalfOf({ principal: KAI }, () => inSpan(traced.tracer, 'before', {}, () => carry()))
    resume(carrier, () => {
      inSpan(traced.tracer, 'full', { links: [link] }, () => {})
      inSpan(traced.tracer, 'free', { attributes: TOOL }, () => {})
    })
    const linksOf = (name: string) => (traced.one(name).span as ReadableSpan).links.map(({ context }) => context.spanId)
    expect(linksOf('full')).toEqual(Array(linkCountLimit).fill(link.context.spanId))
    expect(linksOf('free')).toHaveLength(linkCountLimit)
    expect(linksOf('free')).not.toContain(link.context.spanId)
  })
})

describe('the limit of the environment', () => {
  const LIMIT = 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT'
  afterEach(() => void delete process.env[LIMIT])

  it('holds for a span of other making, which knows no limit of its own', () => {
    process.env[LIMIT] = '24'
    const memory = new InMemorySpanExporter()
    const foreign = {
      name: 'tool',
      kind: 0,
      spanContext: () => ({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }),
      startTime: [1, 0],
      status: { code: 0 },
      attributes: { 'attribution.span.kind': 'tool', 'user.id': KAI },
      resource: { attributes: {} },
      instrumentationScope: { name: 'foreign' },
    }
    new AttributionSpanExporter(memory).export([foreign as unknown as ReadableSpan], () => {})
    const { 'user.id': _, ...ours } = memory.getFinishedSpans()[0]?.attributes ?? {}
    expect(ours['attribution.principal.id']).toHaveLength(24)
    expect(longest(ours)).toBeLessThanOrEqual(24)
  })
})

describe('an agent span', () => {
  it('keeps its stamp at a limit on the number of attributes, which it exceeds', () => {
    const spanLimits = { attributeCountLimit: 2, attributeValueLengthLimit: 64 }
    const traced = tracing([new AttributionSpanProcessor()], { spanLimits })
    act(KAI, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}))
    expect(traced.one('agent')).toMatchObject({ principal: KAI, verdict: 'separated' })
  })
})
