import { SpanKind } from '@opentelemetry/api'
import type { Attributes, AttributeValue } from '@opentelemetry/api'
import { BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace'
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, AttributionSpanProcessor, decided, onBehalfOf, resume, via } from '../../src/index.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const ASKED = {
  principal: { id: 'kai@contoso.com', type: 'human', issuer: 'https://idp.contoso.com' },
  intent: { id: 'i-1', summary: 'send the report' },
  authority: { id: 'grant-7', type: 'oauth', scopes: ['mail.send'], expiresAt: '2099-01-01T00:00:00Z' },
  correlationId: 'c-1',
} as const

const processorThat = (on: Partial<SpanProcessor>): SpanProcessor => ({
  onStart() {},
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
  ...on,
})

/** An effect with every facet, of an agent that another one called. */
function act({ tracer }: Traced, during: (span: Span) => void = () => {}): void {
  onBehalfOf(ASKED, () =>
    asAgent({ id: 'planner', version: '3', issuer: 'https://agents.contoso.com' }, () =>
      asAgent({ id: 'mailer', name: 'Mailer' }, () =>
        via({ id: 'mail-api', target: 'board', credential: { id: 'key-7', type: 'own', subject: 'svc-mail' } }, () =>
          decided({ outcome: 'allow', policy: { id: 'p-1', version: '2' }, approver: { id: 'lee' } }, () =>
            inSpan(tracer, 'effect', { kind: SpanKind.CLIENT }, (span) => during(span as unknown as Span)),
          ),
        ),
      ),
    ),
  )
}

/** What is exported of an effect that `processor` saw after our own. */
function exported(processor: Partial<SpanProcessor>, options = {}): Attributes {
  const traced = tracing([new AttributionSpanProcessor(options), processorThat(processor)])
  act(traced)
  return { ...(traced.one('effect').span as ReadableSpan).attributes }
}

const WHOLE = () => exported({})

const atEnding = (attributes: Attributes) => ({ onEnding: (span: Span) => void span.setAttributes(attributes) })
const atEnd = (attributes: Attributes) => ({
  onEnd: (span: ReadableSpan) => void Object.assign(span.attributes, attributes),
})

beforeEach(() => {
  newFaults()
})
afterEach(silence)

const REPLACED: readonly (readonly [string, AttributeValue])[] = [
  ['attribution.principal.id', 'eve'],
  ['attribution.principal.type', 'service'],
  ['attribution.principal.issuer', 'https://idp.mallory.com'],
  ['attribution.principal.assurance', 'verified'],
  ['attribution.actor.id', 'ghost'],
  ['attribution.actor.name', 'Ghost'],
  ['attribution.actor.chain', ['mailer']],
  ['attribution.actor.assurance', 'claimed'],
  ['attribution.context.id', 'bank-api'],
  ['attribution.context.target', 'all'],
  ['attribution.context.credential.id', 'key-8'],
  ['attribution.context.credential.type', 'user'],
  ['attribution.context.credential.subject', 'kai@contoso.com'],
  ['attribution.intent.id', 'i-2'],
  ['attribution.intent.summary', 'pay mallory'],
  ['attribution.intent.hash', 'sha-256:x'],
  ['attribution.authority.id', 'board-mandate-42'],
  ['attribution.authority.type', 'mandate'],
  ['attribution.authority.scopes', ['mail.send', 'pay']],
  ['attribution.authority.expires_at', '2199-01-01T00:00:00Z'],
  ['attribution.decision.outcome', 'deny'],
  ['attribution.decision.policy.id', 'p-2'],
  ['attribution.decision.approver.id', 'ceo'],
  ['attribution.decision.assurance', 'verified'],
  ['attribution.correlation.id', 'c-2'],
  ['attribution.outcome', 'denied'],
  ['attribution.span.kind', 'llm'],
  ['attribution.span.dialect', 'mine'],
  ['attribution.verdict', 'declared'],
  ['attribution.complete', false],
  ['attribution.judge', 'x'],
  ['attribution.findings', ['missing_intent']],
]

const TOLD = { 'attribution.findings': ['attribution_rewritten'] }

describe('a part of the stamp', () => {
  it('stands as it was written where nothing replaces it', () => {
    const attributes = WHOLE()
    expect(attributes).toMatchObject({ 'attribution.findings': [], 'attribution.verdict': 'separated' })
    expect(Object.keys(attributes)).not.toContain('attribution.rewritten')
    expect(Object.keys(attributes)).toEqual(expect.arrayContaining(REPLACED.map(([name]) => name)))
  })
  describe.each([
    ['before the end', atEnding],
    ['after the end', atEnd],
  ])('that another processor replaces %s', (_, replacing) => {
    it.each(REPLACED)('is restored, and told by name: %s', (name, value) => {
      expect(exported(replacing({ [name]: value }))).toEqual({ ...WHOLE(), ...TOLD, 'attribution.rewritten': [name] })
    })
    it('is told once for all of them', () => {
      const all = Object.fromEntries(REPLACED)
      const names = REPLACED.map(([name]) => name).toSorted()
      expect(exported(replacing(all))).toEqual({ ...WHOLE(), ...TOLD, 'attribution.rewritten': names })
    })
  })
  it.each(REPLACED.map(([name]) => name))('that is removed is put back, and told by name: %s', (name) => {
    const attributes = exported({ onEnd: (span) => void delete (span.attributes as Attributes)[name] })
    expect(attributes).toEqual({ ...WHOLE(), ...TOLD, 'attribution.rewritten': [name] })
  })
  it('that is a list is not changed in place', () => {
    const attributes = exported({
      onEnd: (span) => void (span.attributes['attribution.actor.chain'] as string[]).push('ghost'),
    })
    expect(attributes).toEqual({ ...WHOLE(), ...TOLD, 'attribution.rewritten': ['attribution.actor.chain'] })
  })
  it('stands on attributes that were exchanged as a whole', () => {
    const attributes = exported({
      onEnd: (span) => void Object.assign(span, { attributes: { 'attribution.principal.id': 'eve', mine: 1 } }),
    })
    expect(attributes).toMatchObject({ ...WHOLE(), ...TOLD, mine: 1 })
  })
  it('cannot be replaced bit by bit, and the finding cannot be taken off again', () => {
    const traced = tracing([
      new AttributionSpanProcessor(),
      processorThat(atEnd({ 'attribution.principal.id': 'eve' })),
      processorThat(atEnd({ 'attribution.intent.id': 'i-2' })),
      processorThat(atEnd({ 'attribution.findings': [], 'attribution.rewritten': [] })),
    ])
    act(traced)
    expect(traced.one('effect').span.attributes).toEqual({
      ...WHOLE(),
      ...TOLD,
      'attribution.rewritten': [
        'attribution.findings',
        'attribution.intent.id',
        'attribution.principal.id',
        'attribution.rewritten',
      ],
    })
  })
  it('is checked up to the exporter, where spans wait for it', async () => {
    const sink = new InMemorySpanExporter()
    const traced = tracing([new AttributionSpanProcessor(), new BatchSpanProcessor({ exporter: sink })])
    let kept: ReadableSpan | undefined
    act(traced, (span) => (kept = span))
    Object.assign(kept?.attributes ?? {}, { 'attribution.principal.id': 'eve' })
    await traced.provider.forceFlush()
    expect(sink.getFinishedSpans()[0]?.attributes).toMatchObject({
      'attribution.principal.id': 'kai@contoso.com',
      ...TOLD,
    })
  })
  it('is checked where the SDK tells only of the end', () => {
    const ours = new AttributionSpanProcessor() as unknown as SpanProcessor
    const older = processorThat({ onStart: (span, ctx) => ours.onStart(span, ctx), onEnd: (span) => ours.onEnd(span) })
    const traced = tracing([older, processorThat(atEnd({ 'attribution.principal.id': 'eve' }))])
    act(traced)
    expect(traced.one('effect').span.attributes).toMatchObject({
      'attribution.principal.id': 'kai@contoso.com',
      ...TOLD,
    })
  })
  it('is judged by the audit as it was here', () => {
    const traced = tracing([new AttributionSpanProcessor(), processorThat(atEnd(Object.fromEntries(REPLACED)))])
    act(traced)
    const policy = createPolicy()
    const [audited] = judgeTrace(traced.spans(), policy, createJudge(policy))
    expect(audited?.judgement).toMatchObject({ findings: ['attribution_rewritten'], verdict: 'separated' })
  })
  it('of a claim stays a claim', () => {
    const traced = tracing([
      new AttributionSpanProcessor(),
      processorThat(atEnding({ 'attribution.principal.assurance': 'verified' })),
    ])
    resume({ 'attribution.principal.id': 'kai' }, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}))
    const { span, findings } = traced.one('agent')
    expect(span.attributes['attribution.principal.assurance']).toBe('claimed')
    expect(findings).toContain('attribution_rewritten')
  })
})

describe('what is added late', () => {
  it.each([
    ['another attribute', { mine: 1 }],
    ['a first value', { 'attribution.resource.id': 'order-7' }],
    ['the same value', { 'attribution.principal.id': 'kai@contoso.com' }],
    ['the same identity in another form', { 'attribution.principal.id': 'mailto:Kai@Contoso.com' }],
    ['a list as its JSON text', { 'attribution.actor.chain': '["planner","mailer"]' }],
  ])('is no rewriting: %s', (_, attributes) => {
    expect(exported(atEnding(attributes))).toEqual({ ...WHOLE(), ...attributes })
  })
  it.each<[string, Attributes]>([
    ['a declaration', { 'attribution.declaration.type': 'merge', 'attribution.declaration.merges': ['self_approved'] }],
    ['what was allowed', { 'attribution.allowed': ['missing_intent'] }],
    ['a finding', { 'attribution.finding.missing_intent': 'true' }],
  ])('is forged where only a judge may say it: %s', (_, attributes) => {
    const names = Object.keys(attributes).toSorted()
    expect(exported(atEnd(attributes))).toEqual({ ...WHOLE(), ...TOLD, 'attribution.rewritten': names })
  })
  it('of a facet that nobody stated is never verified', () => {
    const forged = { 'attribution.principal.id': 'eve', 'attribution.principal.assurance': 'verified' }
    const traced = tracing([new AttributionSpanProcessor(), processorThat(atEnd(forged))])
    inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {})
    const { span, findings } = traced.one('agent')
    expect(span.attributes).not.toHaveProperty(['attribution.principal.assurance'])
    expect(findings).toContain('attribution_rewritten')
  })
  it('and what stood before of a judge that was none is dropped', () => {
    const traced = tracing()
    const attributes = {
      ...AGENT,
      'attribution.allowed': ['missing_intent'],
      'attribution.finding.missing_actor': 'true',
      'attribution.rewritten': ['attribution.principal.id'],
    }
    inSpan(traced.tracer, 'agent', { attributes }, () => {})
    const names = Object.keys(traced.one('agent').span.attributes)
    expect(names).not.toEqual(expect.arrayContaining([expect.stringMatching(/allowed|rewritten|finding\./u)]))
  })
})

describe('what was bound at the start of a span', () => {
  const EARLY: readonly (readonly [string, AttributeValue])[] = REPLACED.filter(
    ([name]) => !/outcome|span\.|verdict|complete|judge|findings/u.test(name),
  )
  it.each([...EARLY, ['attribution.decision.outcome', 'deny'] as const])(
    'is told where the app replaces it before the end: %s',
    (name, value) => {
      const traced = tracing()
      act(traced, (span) => span.setAttribute(name, value))
      const { findings, span } = traced.one('effect')
      expect(findings).toContain('attribution_rewritten')
      expect(span.attributes['attribution.rewritten']).toEqual([name])
    },
  )
  it('and was only inferred may be said better', () => {
    const traced = tracing()
    inSpan(traced.tracer, 'tool', { attributes: { ...TOOL, 'user.id': 'kai' } }, (span) =>
      span.setAttributes({ 'attribution.principal.id': 'lee', 'attribution.context.id': 'mail-api' }),
    )
    expect(traced.one('tool').findings).not.toContain('attribution_rewritten')
  })
})

it('leaves what other code writes where policy allows it, and says so', () => {
  const policy = { rules: [{ agent: 'mailer', allow: ['attribution_rewritten'] }] } as const
  const attributes = exported(atEnd({ 'attribution.intent.summary': '***', 'attribution.verdict': 'unknown' }), {
    policy,
  })
  expect(attributes).toMatchObject({
    'attribution.intent.summary': '***',
    'attribution.verdict': 'declared',
    'attribution.findings': [],
    'attribution.allowed': ['attribution_rewritten'],
    'attribution.rewritten': ['attribution.intent.summary', 'attribution.verdict'],
  })
})

describe('what a later processor makes of an ended span', () => {
  const REPLACED = { 'attribution.principal.id': 'cfo' }
  const RESTORED = {
    'attribution.principal.id': ASKED.principal.id,
    'attribution.rewritten': ['attribution.principal.id'],
  }

  it.each([
    ['frozen', (attributes: Attributes) => void Object.freeze(Object.assign(attributes, REPLACED))],
    [
      'read-only',
      (attributes: Attributes) =>
        void Object.defineProperty(attributes, 'attribution.principal.id', { value: 'cfo', writable: false }),
    ],
  ])('is restored where it is %s', (_, write) => {
    let attributes: Attributes = {}
    const written = exported({
      onEnding: (span: Span) => {
        ;({ attributes } = span as unknown as ReadableSpan)
      },
      onEnd: () => write(attributes),
    })
    expect(written).toMatchObject(RESTORED)
    expect(written['attribution.findings']).toContain('attribution_rewritten')
  })

  it('may be a proxy: nothing of the span is lost, and the stamp is held', () => {
    const sink = new InMemorySpanExporter()
    const onEnd = (span: ReadableSpan) => {
      const seen = new Proxy(span, {})
      Object.assign(seen.attributes, { own: 1, ...REPLACED })
      sink.export([seen], () => {})
    }
    exported({ onEnd })
    expect(sink.getFinishedSpans()[0]?.attributes).toMatchObject({ own: 1, ...RESTORED })
  })

  it('may be a proxy that is given other attributes', () => {
    const other = exported({
      onEnd: (span) => void Object.assign(new Proxy(span, {}), { attributes: { own: 1, ...REPLACED } }),
    })
    expect(other).toMatchObject({ own: 1, 'attribution.principal.id': ASKED.principal.id })
  })

  it('says no more of a facet that stands, and may say what nobody said', () => {
    const more = { 'attribution.decision.at': '2026-01-01T00:00:00Z', 'attribution.resource.id': 'order-7' }
    const written = exported(atEnd(more))
    expect(written).not.toHaveProperty(['attribution.decision.at'])
    expect(written).toMatchObject({
      'attribution.resource.id': 'order-7',
      'attribution.rewritten': ['attribution.decision.at'],
    })
  })
})

it('never throws into code that writes on an ended span, whatever that writes', () => {
  const hostile = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('hostile')
      },
      get: () => {
        throw new Error('hostile')
      },
    },
  )
  for (const attributes of [undefined, null, 7, Object.freeze({}), hostile]) {
    const traced = tracing([
      new AttributionSpanProcessor(),
      processorThat({ onEnd: (span) => void Object.assign(span, { attributes }) }),
    ])
    expect(() => act(traced)).not.toThrow()
  }
})
