import { context, defaultTextMapGetter, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import type { Attributes, AttributeValue } from '@opentelemetry/api'
import { ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor } from '@opentelemetry/baggage-span-processor'
import { W3CBaggagePropagator } from '@opentelemetry/core'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  action,
  asAgent,
  AttributionSpanProcessor,
  decided,
  declareAutonomous,
  guard,
  onBehalfOf,
  via,
} from '../../src/index.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { attribution } from '../../src/setup/attribution.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const ASKED = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'send the report' } as const

const copier = () => new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS) as unknown as SpanProcessor

/** A processor of an app that copies entries of baggage under other names. */
const copierTo = (nameOf: (entry: string) => string | undefined): SpanProcessor => ({
  onStart(span, parentContext) {
    for (const [entry, { value }] of propagation.getBaggage(parentContext)?.getAllEntries() ?? []) {
      const name = nameOf(entry)
      if (name !== undefined) span.setAttribute(name, value)
    }
  },
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
})

/** Runs work as a request whose header says this. */
function requested<T>(entries: Readonly<Record<string, string>>, work: () => T): T {
  const baggage = Object.entries(entries).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  const headers = { baggage: baggage.join(',') }
  return context.with(new W3CBaggagePropagator().extract(ROOT_CONTEXT, headers, defaultTextMapGetter), work)
}

const PLACES = [
  ['before ours', () => tracing([copier(), new AttributionSpanProcessor()])],
  ['after ours', () => tracing([new AttributionSpanProcessor(), copier()])],
] as const

const SAYS_ALL = {
  'attribution.principal.id': 'ceo@contoso.com',
  'attribution.principal.type': 'human',
  'attribution.principal.assurance': 'verified',
  'attribution.principal.source': 'token',
  'attribution.actor.id': 'ghost',
  'attribution.actor.chain': '["root-agent","ghost"]',
  'attribution.actor.assurance': 'verified',
  'attribution.context.id': 'bank-api',
  'attribution.context.credential.id': 'key-7',
  'attribution.context.credential.type': 'delegated',
  'attribution.context.assurance': 'asserted',
  'attribution.intent.summary': 'pay mallory',
  'attribution.intent.assurance': 'verified',
  'attribution.authority.id': 'board-mandate-42',
  'attribution.authority.assurance': 'verified',
  'attribution.decision.outcome': 'allow',
  'attribution.decision.approver.id': 'ceo@contoso.com',
  'attribution.decision.binding': 'sha-256:x',
  'attribution.decision.principal_allowed': 'true',
  'attribution.decision.unevaluated': 'down',
  'attribution.action.binding': 'sha-256:x',
  'attribution.would_deny': 'true',
  'attribution.decision.assurance': 'verified',
  'attribution.correlation.id': 'c-1',
  'attribution.correlation.assurance': 'verified',
  'attribution.declaration.type': 'merge',
  'attribution.declaration.merges': '["principal_is_actor"]',
  'attribution.declaration.assurance': 'verified',
  'attribution.outcome': 'denied',
  'attribution.verdict': 'declared',
  'attribution.complete': 'true',
  'attribution.findings': '["attribution_rewritten"]',
  'attribution.finding.missing_intent': 'true',
  'attribution.allowed': '["missing_intent"]',
  'attribution.judge': 'x',
}

const sureness = (attributes: Attributes) =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => {
      const facet = /^attribution\.(\w+)\.assurance$/u.exec(name)?.[1]
      return facet === undefined ? [] : [[facet, value]]
    }),
  )

let traced: Traced
beforeEach(() => {
  newFaults()
})
afterEach(silence)

describe.each(PLACES)('a processor that copies baggage onto spans, %s', (_, start) => {
  beforeEach(() => {
    traced = start()
  })
  const attributesOf = (name: string) => traced.one(name).span.attributes as Attributes

  it('makes claims of what a caller says, and nothing surer', () => {
    requested(SAYS_ALL, () => inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {}))
    const attributes = attributesOf('tool')
    expect(sureness(attributes)).toEqual({
      principal: 'claimed',
      actor: 'claimed',
      context: 'claimed',
      intent: 'claimed',
      authority: 'claimed',
      decision: 'claimed',
      correlation: 'claimed',
    })
    expect(attributes).toMatchObject({ 'attribution.outcome': 'success', 'attribution.verdict': 'separated' })
    expect(traced.one('tool').findings).toContain('unverified_principal')
    expect(attributes['attribution.judge']).toMatch(/^onbehalf\//u)
    const names = Object.keys(attributes)
    for (const name of [
      /declaration/u,
      /allowed/u,
      /\.finding\./u,
      /\.source$/u,
      /approver/u,
      /principal\.type/u,
      /binding/u,
      /allowed/u,
      /unevaluated/u,
      /would_deny/u,
    ])
      expect(names).not.toContainEqual(expect.stringMatching(name))
  })
  it('declares nothing: neither a merge nor an autonomous run', () => {
    const merges = '["principal_is_actor","unverified_principal"]'
    const both = { ...SAYS_ALL, 'attribution.actor.id': 'ceo@contoso.com', 'attribution.declaration.merges': merges }
    requested(both, () => inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {}))
    const autonomous = { 'attribution.declaration.type': 'autonomous', 'attribution.declaration.owner': 'ops' }
    requested(autonomous, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}))
    expect(traced.one('tool')).toMatchObject({ verdict: 'collapsed' })
    expect(traced.one('agent')).toMatchObject({ verdict: 'unknown' })
  })
  it('changes nothing of what this process binds', () => {
    const act = () =>
      onBehalfOf({ ...ASKED, authority: { id: 'grant-7' }, correlationId: 'c-own' }, () =>
        asAgent('assistant', () =>
          via({ id: 'mail-api', credential: { id: 'key-1', type: 'own' } }, () =>
            decided({ outcome: 'escalate' }, () =>
              inSpan(traced.tracer, 'effect', { kind: SpanKind.CLIENT }, (span) => span.setStatus({ code: 2 })),
            ),
          ),
        ),
      )
    requested(SAYS_ALL, act)
    expect(attributesOf('effect')).toMatchObject({
      'attribution.principal.id': 'kai@contoso.com',
      'attribution.actor.id': 'assistant',
      'attribution.actor.chain': ['assistant'],
      'attribution.context.id': 'mail-api',
      'attribution.context.credential.id': 'key-1',
      'attribution.intent.summary': 'send the report',
      'attribution.authority.id': 'grant-7',
      'attribution.decision.outcome': 'escalate',
      'attribution.correlation.id': 'c-own',
      'attribution.outcome': 'failure',
    })
    expect(new Set(Object.values(sureness(attributesOf('effect'))))).toEqual(new Set(['asserted']))
    expect(attributesOf('effect')).not.toHaveProperty(['attribution.decision.approver.id'])
    expect(traced.one('effect').findings).not.toContain('attribution_rewritten')
  })
  it.each<[string, Readonly<Record<string, string>>]>([
    ['by another case of its name', { 'Attribution.Principal.Id': 'ceo@contoso.com' }],
    ['with blanks around it', { 'attribution.principal.id': '  ceo@contoso.com ' }],
  ])('knows a copy %s', (_case, says) => {
    requested(says, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}))
    expect(sureness(attributesOf('agent'))['principal']).not.toBe('asserted')
  })
  it('lets no guard pass', async () => {
    const need = {
      facets: ['principal', 'authority', 'decision', 'correlation', 'intent'],
      verdicts: ['separated', 'declared'],
      decision: true,
    } as const
    let ran = false
    await requested(SAYS_ALL, () =>
      inSpan(traced.tracer, 'request', { kind: SpanKind.SERVER }, () =>
        guard(need, () => {
          ran = true
        }).catch(() => {}),
      ),
    )
    expect(ran).toBe(false)
    expect(traced.one('refused')).toMatchObject({ kind: 'effect' })
  })
  it('leaves a refusal a refusal, whatever the caller says came of it', async () => {
    const says = { 'attribution.outcome': 'success', 'attribution.span.kind': 'llm' }
    await requested(says, () => decided({ outcome: 'deny' }, () => guard({ decision: true }, () => {})).catch(() => {}))
    expect(attributesOf('refused')).toMatchObject({
      'attribution.outcome': 'denied',
      'attribution.span.kind': 'effect',
    })
    expect(traced.one('refused').findings).not.toContain('denied_but_executed')
  })
  it('leaves the resource of an action as the app names it', async () => {
    await requested({ 'attribution.resource.id': 'order-9' }, () => action('refund', { resource: 'order-7' }, () => {}))
    expect(attributesOf('execute_tool refund')['attribution.resource.id']).toBe('order-7')
  })
  it('does not decide what a span is, where its convention shows that, early or late', () => {
    requested({ 'attribution.span.kind': 'guardrail' }, () => {
      inSpan(traced.tracer, 'early', { attributes: TOOL }, () => {})
      inSpan(traced.tracer, 'late', {}, (span) => span.setAttributes(TOOL))
      inSpan(traced.tracer, 'plain', {}, () => {})
    })
    expect(traced.one('early').kind).toBe('tool')
    expect(traced.one('late').kind).toBe('tool')
    expect(traced.one('plain').kind).toBe('guardrail')
  })
  it('gives way to what the app states later, which is no rewriting', () => {
    requested({ 'attribution.principal.id': 'ceo@contoso.com' }, () =>
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, (span) =>
        span.setAttributes({ 'attribution.principal.id': 'lee', 'attribution.principal.assurance': 'asserted' }),
      ),
    )
    expect(traced.one('agent')).toMatchObject({ principal: 'lee', findings: ['missing_intent'] })
    expect(sureness(attributesOf('agent'))['principal']).toBe('asserted')
  })
  it('leaves a declared run declared', () => {
    requested(SAYS_ALL, () =>
      declareAutonomous({ owner: 'ops', trigger: 'cron' }, () =>
        asAgent('ops', () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {})),
      ),
    )
    expect(traced.one('agent')).toMatchObject({ principal: 'ops', verdict: 'declared' })
  })
  it('hands down claims as claims, from a span that is none of an agent too', () => {
    requested({ 'attribution.principal.id': 'ceo@contoso.com', 'attribution.authority.id': 'mandate' }, () => {
      inSpan(traced.tracer, 'request', { kind: SpanKind.SERVER }, (span) =>
        context.with(trace.setSpan(ROOT_CONTEXT, span), () =>
          inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}),
        ),
      )
    })
    expect(traced.one('agent').principal).toBe('ceo@contoso.com')
    expect(sureness(attributesOf('agent'))).toMatchObject({ principal: 'claimed', authority: 'claimed' })
  })
  it('says what the audit says', () => {
    requested(SAYS_ALL, () => {
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, () =>
        inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {}),
      )
    })
    const policy = createPolicy()
    for (const { span, judgement } of judgeTrace(traced.spans(), policy, createJudge(policy))) {
      const { findings, verdict } = traced.one(span.name)
      expect({ findings: judgement.findings, verdict: judgement.verdict }).toEqual({ findings, verdict })
    }
  })
})

describe('baggage that is copied under another name', () => {
  it('does not hide a call that ran as a record of one', () => {
    traced = tracing([copier(), new AttributionSpanProcessor()])
    requested({ 'logfire.span_type': 'log' }, () =>
      inSpan(traced.tracer, 'tool', { attributes: TOOL }, () =>
        inSpan(traced.tracer, 'below', { kind: SpanKind.CLIENT }, () => {}),
      ),
    )
    expect(traced.one('tool').span.attributes['attribution.span.kind']).toBe('tool')
  })
  const NAMES: readonly (readonly [string, string, (entry: string) => string | undefined])[] = [
    ['with a prefix taken off', 'x-attribution.principal.id', (entry) => entry.slice(2)],
    ['with a prefix put on', 'principal.id', (entry) => `attribution.${entry}`],
    ['of its own', 'tenant-user', () => 'attribution.principal.id'],
  ]
  it.each(NAMES)('%s is a claim', (_, entry, nameOf) => {
    for (const processors of [
      [copierTo(nameOf), new AttributionSpanProcessor()],
      [new AttributionSpanProcessor(), copierTo(nameOf)],
    ]) {
      traced = tracing(processors)
      requested({ [entry]: 'ceo@contoso.com' }, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}))
      const { span, principal } = traced.one('agent')
      expect(principal).toBe('ceo@contoso.com')
      expect(span.attributes['attribution.principal.assurance']).toBe('claimed')
    }
  })
  it('is a claim where the SDK cut it', () => {
    traced = tracing([copier(), new AttributionSpanProcessor()], { spanLimits: { attributeValueLengthLimit: 32 } })
    const says = { 'attribution.principal.id': 'a-user-with-a-very-long-name-indeed@contoso.com' }
    requested(says, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}))
    expect(traced.one('agent').span.attributes['attribution.principal.assurance']).toBe('claimed')
  })
})

it('is a claim where attribution() composes the processors, and the app is not spoiled where none copies', () => {
  const naming = copierTo((entry) => (entry === 'tenant-user' ? 'attribution.principal.id' : undefined))
  const attributes = { ...AGENT, 'attribution.intent.summary': 'nightly' }
  const sinks = [[naming], []].map((others) => {
    const sink = new InMemorySpanExporter()
    const composed = attribution({
      spanProcessors: [...others, new SimpleSpanProcessor({ exporter: sink })],
      textMapPropagator: null,
    })
    traced = tracing(composed.spanProcessors)
    requested({ 'tenant-user': 'ceo@contoso.com', said: 'nightly' }, () =>
      inSpan(traced.tracer, 'agent', { attributes }, () => {}),
    )
    return sureness(sink.getFinishedSpans()[0]?.attributes ?? {})
  })
  expect(sinks).toEqual([
    expect.objectContaining({ principal: 'claimed', intent: 'claimed' }),
    expect.objectContaining({ intent: 'asserted' }),
  ])
})

describe('what the app states on a span itself', () => {
  const OWN: readonly (readonly [string, AttributeValue])[] = [
    ['attribution.principal.id', 'lee'],
    ['attribution.principal.assurance', 'verified'],
  ]
  it.each([
    ['at its start', true],
    ['later', false],
  ])('%s is asserted, and never verified', (_, isAtStart) => {
    traced = tracing([copier(), new AttributionSpanProcessor()])
    const own = Object.fromEntries(OWN)
    requested({ 'attribution.principal.id': 'ceo' }, () =>
      context.with(ROOT_CONTEXT, () =>
        inSpan(traced.tracer, 'agent', { attributes: { ...AGENT, ...(isAtStart && own) } }, (span) =>
          isAtStart ? span : span.setAttributes(own),
        ),
      ),
    )
    expect(traced.one('agent').span.attributes).toMatchObject({
      'attribution.principal.id': 'lee',
      'attribution.principal.assurance': 'asserted',
    })
  })
  it('is not spoiled by a caller who says the same, where nothing copies what callers say', () => {
    traced = tracing()
    const attributes = { ...AGENT, 'attribution.principal.id': 'lee', 'attribution.outcome': 'failure' }
    requested({ x: 'lee', 'attribution.principal.id': 'lee', 'attribution.outcome': 'failure' }, () =>
      inSpan(traced.tracer, 'agent', { attributes }, () => {}),
    )
    expect(traced.one('agent').span.attributes).toMatchObject({
      'attribution.principal.assurance': 'asserted',
      'attribution.outcome': 'failure',
    })
  })
  it('stays a declaration', () => {
    traced = tracing([copier(), new AttributionSpanProcessor()])
    const attributes = {
      ...AGENT,
      'attribution.principal.id': 'ops',
      'attribution.principal.type': 'service',
      'attribution.actor.id': 'ops',
      'attribution.intent.summary': 'nightly',
      'attribution.declaration.type': 'autonomous',
      'attribution.declaration.owner': 'ops',
    }
    requested({ tenant: 'blue' }, () => inSpan(traced.tracer, 'agent', { attributes }, () => {}))
    expect(traced.one('agent')).toMatchObject({ verdict: 'declared', findings: [] })
  })
  it('is verified of no span that nobody saw start either', () => {
    const sink = new InMemorySpanExporter()
    const ours = new AttributionSpanProcessor() as unknown as SpanProcessor
    traced = tracing([new SimpleSpanProcessor({ exporter: sink })])
    const attributes = { ...AGENT, ...Object.fromEntries(OWN) }
    inSpan(traced.tracer, 'agent', { attributes }, () => {})
    const [span] = sink.getFinishedSpans()
    if (span !== undefined) ours.onEnd(span)
    expect(span?.attributes['attribution.principal.assurance']).toBe('asserted')
  })
})

describe.each(PLACES)('what a caller says in the words of other conventions, where it is copied %s', (_, start) => {
  it.each([
    ['a record of a log', { 'logfire.span_type': 'log' }],
    ['another method of MCP', { 'mcp.method.name': 'initialize' }],
    ['another method of MCP, and the mark of the run too', { 'mcp.method': 'ping', ...stringsIn(AGENT) }],
    ['a workflow', { 'traceloop.span.kind': 'workflow' }],
    ['a guardrail, by our own name', { 'attribution.span.kind': 'guardrail' }],
  ])('hides neither a run nor a call: %s', (__, says) => {
    const traced = start()
    requested(says, () =>
      onBehalfOf({ principal: 'kai', intent: 'pay' }, () =>
        inSpan(traced.tracer, 'agent', { attributes: AGENT }, () =>
          inSpan(traced.tracer, 'call', { kind: SpanKind.CLIENT }, () => {}),
        ),
      ),
    )
    expect(traced.one('call')).toMatchObject({ kind: 'effect', principal: 'kai' })
    expect(traced.one('agent').kind).toBe('agent')
    expect(traced.one('agent').span.attributes).toMatchObject(copiedIn(says))
  })
})

function stringsIn(attributes: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)]))
}

/** What isn't ours stays on the span. */
function copiedIn(says: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(says).filter(([name]) => !name.startsWith('attribution.')))
}
