import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Span as ApiSpan, SpanOptions } from '@opentelemetry/api'
import { detectResources } from '@opentelemetry/resources'
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, AttributionSpanProcessor, decided, onBehalfOf, via } from '../../src/index.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import { newFaults } from './faults.ts'
import { AGENT, diagLines, inSpan, silence, TOOL, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const ASKED = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'send the report' } as const

const processorThat = (on: Partial<SpanProcessor>): SpanProcessor => ({
  onStart() {},
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
  ...on,
})

/** Agent, tool and effect, as an instrumentation makes them. */
function act({ tracer }: Traced): void {
  onBehalfOf(ASKED, () =>
    asAgent({ id: 'report-assistant', version: '3' }, () =>
      inSpan(tracer, 'agent', { attributes: AGENT }, () =>
        inSpan(tracer, 'tool', { attributes: TOOL }, () =>
          via({ id: 'mail-connector', credential: { id: 'key-7', type: 'own', subject: 'svc-mail' } }, () =>
            decided({ outcome: 'allow', policy: { id: 'mail-7' } }, () =>
              inSpan(tracer, 'effect', { kind: SpanKind.CLIENT }, () => {}),
            ),
          ),
        ),
      ),
    ),
  )
}

const facets = (traced: Traced, name: string) => {
  const { kind, principal, actor, context: through, intent, verdict, findings } = traced.one(name)
  return { kind, principal, actor, context: through, intent, verdict, findings }
}

const WHOLE = {
  principal: 'kai@contoso.com',
  actor: 'report-assistant',
  intent: 'send the report',
  verdict: 'separated',
  findings: [],
}

beforeEach(() => {
  newFaults()
})
afterEach(silence)

it('names the user and the agent by keys of the app that policy knows', () => {
  const policy = { facts: { user: ['app.user.id'], agent: ['app.agent'] } }
  const traced = tracing([new AttributionSpanProcessor({ policy })])
  inSpan(traced.tracer, 'POST /ask', { attributes: { 'app.user.id': 'kai' } }, () => {
    inSpan(traced.tracer, 'agent', { attributes: { ...AGENT, 'app.agent': 'buyer' } }, () => {
      inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {})
    })
  })
  expect(traced.one('tool')).toMatchObject({ principal: 'kai', actor: 'buyer' })
  expect(traced.one('POST /ask')).toMatchObject({ verdict: undefined })
})

describe('a judged span', () => {
  it('says who asked, what acted, through what, why, and how that was judged', () => {
    const traced = tracing()
    act(traced)
    expect(facets(traced, 'agent')).toEqual({ ...WHOLE, kind: 'agent', context: undefined })
    expect(facets(traced, 'tool')).toEqual({ ...WHOLE, kind: 'tool', context: 'mail-connector' })
    expect(facets(traced, 'effect')).toEqual({ ...WHOLE, kind: 'effect', context: 'mail-connector' })
    expect(traced.one('effect').span.attributes).toMatchObject({
      'attribution.context.credential.subject': 'svc-mail',
      'attribution.decision.outcome': 'allow',
      'attribution.decision.policy.id': 'mail-7',
      'attribution.complete': true,
      'attribution.judge': expect.stringMatching(/^onbehalf\/\d+\.\d+\.\d+ [\da-f]{12}$/u),
    })
  })
  it('is recognized by what its instrumentation says late', () => {
    const traced = tracing()
    onBehalfOf(ASKED, () => inSpan(traced.tracer, 'late', {}, (span) => span.setAttributes(AGENT)))
    expect(facets(traced, 'late')).toMatchObject({ kind: 'agent', principal: 'kai@contoso.com' })
  })
  it('shows what policy allowed, so that its verdict is explained', () => {
    const policy = { rules: [{ agent: 'assistant', allow: ['missing_principal', 'missing_intent'] }] } as const
    const traced = tracing([new AttributionSpanProcessor({ policy })])
    inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {})
    const { span, findings, verdict } = traced.one('agent')
    expect([findings, verdict]).toEqual([[], 'unknown'])
    expect(span.attributes['attribution.allowed']).toEqual(['missing_intent', 'missing_principal'])
  })
  it('has the binding of its start, wherever it ends', () => {
    const traced = tracing()
    const span = onBehalfOf(ASKED, () => traced.tracer.startSpan('agent', { attributes: AGENT }))
    onBehalfOf({ principal: 'lee' }, () => span.end())
    expect(traced.one('agent').principal).toBe('kai@contoso.com')
  })
  it('says how it ended', () => {
    const traced = tracing()
    inSpan(traced.tracer, 'tool', { attributes: TOOL }, (span) => span.setStatus({ code: SpanStatusCode.ERROR }))
    expect(traced.one('tool').span.attributes['attribution.outcome']).toBe('failure')
  })
  it('keeps its standard attributes as they are', () => {
    const traced = tracing()
    onBehalfOf(ASKED, () =>
      inSpan(traced.tracer, 'agent', { attributes: { ...AGENT, 'user.id': 'kai@contoso.com' } }, () => {}),
    )
    const { attributes } = traced.one('agent').span
    expect(attributes['gen_ai.agent.name']).toBe('assistant')
    expect(attributes['user.id']).toBe('kai@contoso.com')
    expect(attributes['gen_ai.agent.id']).toBeUndefined()
  })
  it('has its standard attributes filled where they are empty, if that is asked for', () => {
    const traced = tracing([new AttributionSpanProcessor({ fillStandard: true })])
    act(traced)
    expect(traced.one('tool').span.attributes).toMatchObject({
      'user.id': 'kai@contoso.com',
      'gen_ai.agent.id': 'report-assistant',
      'gen_ai.agent.version': '3',
    })
    expect(traced.one('agent').span.attributes['gen_ai.agent.name']).toBe('assistant')
  })
  it('has an attribute for each finding, if that is asked for', () => {
    const traced = tracing([new AttributionSpanProcessor({ findingAttributes: true })])
    inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {})
    expect(traced.one('agent').span.attributes).toMatchObject({
      'attribution.finding.missing_principal': 'true',
      'attribution.finding.missing_intent': 'true',
    })
  })
  it('that no dialect knows is left as it is', () => {
    const traced = tracing()
    onBehalfOf(ASKED, () => inSpan(traced.tracer, 'plain', { attributes: { a: 1 } }, () => {}))
    expect(traced.one('plain').span.attributes).toEqual({ a: 1 })
  })
  it('that turns out to be none has what was written early taken back', () => {
    const traced = tracing()
    onBehalfOf(ASKED, () =>
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, (span) => {
        expect((span as unknown as Span).attributes['attribution.principal.id']).toBe('kai@contoso.com')
        for (const key of Object.keys(AGENT)) delete (span as unknown as Span).attributes[key]
      }),
    )
    expect(traced.one('agent').span.attributes).toEqual({})
  })
})

describe('an ancestor that is still open', () => {
  it('counts as what it says now, also where a value was replaced in its place', () => {
    const traced = tracing()
    inSpan(traced.tracer, 'agent', { attributes: AGENT }, (agent) => {
      inSpan(traced.tracer, 'first', { attributes: TOOL }, () => {})
      agent.setAttribute('gen_ai.agent.name', 'planner')
      inSpan(traced.tracer, 'second', { attributes: TOOL }, () => {})
      agent.setAttribute('attribution.principal.id', 'lee')
      inSpan(traced.tracer, 'third', { attributes: TOOL }, () => {})
    })
    const said = (name: string) => [traced.one(name).actor, traced.one(name).principal]
    expect(said('first')).toEqual(['assistant', undefined])
    expect(said('second')).toEqual(['planner', undefined])
    expect(said('third')).toEqual(['planner', 'lee'])
  })
  it('counts as what its name says now', () => {
    const traced = tracing()
    inSpan(traced.tracer, 'work', {}, (work) => {
      inSpan(traced.tracer, 'before', { kind: SpanKind.CLIENT }, () => {})
      work.updateName('haystack.agent.run')
      inSpan(traced.tracer, 'after', { kind: SpanKind.CLIENT }, () => {})
    })
    expect(traced.one('before').kind).toBe(undefined)
    expect(traced.one('after').kind).toBe('effect')
  })
})

describe('a span that says nothing', () => {
  it('hands down what was bound where it started, open or ended', () => {
    const traced = tracing()
    const plain = onBehalfOf({ ...ASKED, correlationId: 'c-1' }, () => traced.tracer.startSpan('plain'))
    const under = trace.setSpan(ROOT_CONTEXT, plain)
    const act = (name: string) => traced.tracer.startSpan(name, { attributes: AGENT }, under).end()
    act('while it is open')
    plain.end()
    act('after it ended')
    const handedDown = { principal: 'kai@contoso.com', intent: 'send the report', correlation: 'c-1' }
    expect(traced.one('while it is open')).toMatchObject(handedDown)
    expect(traced.one('after it ended')).toMatchObject(handedDown)
  })
  it('hands down what the spans above it say, open or ended', () => {
    const traced = tracing()
    const root = traced.tracer.startSpan('root', { attributes: { 'user.id': 'kai' } })
    const plain = traced.tracer.startSpan('plain', {}, trace.setSpan(ROOT_CONTEXT, root))
    plain.end()
    root.end()
    traced.tracer.startSpan('agent', { attributes: AGENT }, trace.setSpan(ROOT_CONTEXT, plain)).end()
    expect(traced.one('agent').principal).toBe('kai')
  })
  it('brings the first correlation id of its tree, though it ended before anybody asked', () => {
    const traced = tracing()
    const root = traced.tracer.startSpan('root')
    const under = trace.setSpan(ROOT_CONTEXT, root)
    onBehalfOf({ ...ASKED, correlationId: 'c-1' }, () => traced.tracer.startSpan('plain', {}, under).end())
    onBehalfOf({ ...ASKED, correlationId: 'c-2' }, () =>
      traced.tracer.startSpan('agent', { attributes: AGENT }, under).end(),
    )
    expect(traced.one('agent').findings).toContain('correlation_changed')
  })
})

describe('what the app writes itself', () => {
  it('overrides what is bound', () => {
    const traced = tracing()
    inSpan(traced.tracer, 'agent', { attributes: { ...AGENT, 'attribution.principal.id': 'lee' } }, () => {})
    expect(traced.one('agent').principal).toBe('lee')
  })
  it('late is enrichment', () => {
    const traced = tracing()
    inSpan(traced.tracer, 'agent', { attributes: AGENT }, (span) =>
      span.setAttribute('attribution.principal.id', 'lee'),
    )
    const { principal, findings } = traced.one('agent')
    expect([principal, findings]).toEqual(['lee', ['missing_intent']])
  })
  it('of a facet that is bound completes it, and the audit of the span says the same', () => {
    const traced = tracing()
    const attributes = {
      ...TOOL,
      'attribution.principal.type': 'service',
      'attribution.intent.parent_id': 'intent-1',
      'attribution.decision.approver.id': 'lee',
    }
    const asked = { principal: 'ops', intent: { id: 'intent-1' } }
    const derived = { principal: 'ops', intent: { id: 'intent-2' } }
    const run = () => decided({ outcome: 'escalate' }, () => inSpan(traced.tracer, 'tool', { attributes }, () => {}))
    onBehalfOf(asked, () =>
      asAgent('ops', () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => onBehalfOf(derived, run))),
    )
    const policy = createPolicy()
    const recorded = judgeTrace(traced.spans(), policy, createJudge(policy)).find(({ span }) => span.name === 'tool')
    const { findings } = traced.one('tool')
    expect(findings).toEqual(['undeclared_autonomy'])
    expect(recorded?.judgement.findings).toEqual(findings)
  })
  it('over an identity that stood there is told', () => {
    const traced = tracing()
    onBehalfOf(ASKED, () =>
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, (span) =>
        span.setAttribute('attribution.principal.id', 'eve'),
      ),
    )
    expect(traced.one('agent').findings).toContain('attribution_rewritten')
  })
  it('after our stamp is told, and the verdict stands', () => {
    const traced = tracing([
      new AttributionSpanProcessor(),
      processorThat({
        onEnding: (span) =>
          span.setAttributes({
            'attribution.principal.id': 'eve',
            'attribution.verdict': 'separated',
            'attribution.findings': [],
          }),
      }),
    ])
    inSpan(
      traced.tracer,
      'agent',
      { attributes: { ...AGENT, 'attribution.principal.id': 'kai', 'attribution.actor.id': 'kai' } },
      () => {},
    )
    expect(traced.one('agent')).toMatchObject({
      verdict: 'collapsed',
      findings: ['attribution_rewritten', 'missing_intent', 'principal_is_actor'],
    })
  })
  it('as a verdict of its own does not count', () => {
    const traced = tracing()
    inSpan(
      traced.tracer,
      'agent',
      { attributes: { ...AGENT, 'attribution.verdict': 'separated', 'attribution.complete': true } },
      () => {},
    )
    expect(traced.one('agent')).toMatchObject({ verdict: 'unknown', complete: false })
  })
})

describe('a decision that another convention records', () => {
  const asking = (outcome: string): SpanOptions => ({
    attributes: {
      'gen_ai.operation.name': 'execute_authorization',
      'gen_ai.agent.authorization.outcome': outcome,
      'gen_ai.agent.authorization.policy.name': 'mail-7',
    },
  })
  const CALL = 'gen_ai.tool.call.id'
  const decisionOf = (traced: Traced, name: string) => {
    const { findings, span } = traced.one(name)
    const { 'attribution.decision.outcome': outcome, 'attribution.decision.assurance': assurance } = span.attributes
    return { outcome, assurance, isDenied: findings.includes('denied_but_executed') }
  }
  const agreesWithAudit = (traced: Traced) => {
    const policy = createPolicy()
    for (const { span, judgement } of judgeTrace(traced.spans(), policy, createJudge(policy))) {
      expect({ name: span.name, findings: judgement.findings }).toEqual({
        name: span.name,
        findings: traced.one(span.name).findings,
      })
    }
  }
  const DENIED = { outcome: 'deny', assurance: 'inferred', isDenied: true }
  const UNDECIDED = { outcome: undefined, assurance: undefined, isDenied: false }

  it('is of the act below, also where it is said late', () => {
    const traced = tracing()
    onBehalfOf(ASKED, () =>
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, () =>
        inSpan(traced.tracer, 'authorize', {}, (span) =>
          inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {
            inSpan(traced.tracer, 'effect', { kind: SpanKind.CLIENT }, () => {})
            span.setAttributes(asking('deny').attributes ?? {})
            inSpan(traced.tracer, 'later', { kind: SpanKind.CLIENT }, () => {})
          }),
        ),
      ),
    )
    expect(decisionOf(traced, 'tool')).toEqual(DENIED)
    expect(decisionOf(traced, 'later')).toEqual(DENIED)
    expect(decisionOf(traced, 'authorize')).toEqual(UNDECIDED)
  })
  it('is of the tool around it, and of what that did afterwards', () => {
    const traced = tracing()
    onBehalfOf(ASKED, () =>
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, () =>
        inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {
          inSpan(traced.tracer, 'before', { kind: SpanKind.CLIENT }, () => {})
          inSpan(traced.tracer, 'authorize', asking('deny'), () => {
            inSpan(traced.tracer, 'engine', { kind: SpanKind.CLIENT }, () => {})
          })
          const startTime = Date.now() + 5
          inSpan(traced.tracer, 'after', { kind: SpanKind.CLIENT, startTime }, () => {})
        }),
      ),
    )
    expect(decisionOf(traced, 'tool')).toEqual(DENIED)
    expect(decisionOf(traced, 'before')).toEqual(UNDECIDED)
    expect(decisionOf(traced, 'after')).toEqual(DENIED)
    expect(decisionOf(traced, 'agent')).toEqual(UNDECIDED)
    agreesWithAudit(traced)
  })
  it('is of no tool around it where an act runs below it', () => {
    const traced = tracing()
    onBehalfOf(ASKED, () =>
      inSpan(traced.tracer, 'outer', { attributes: TOOL }, () => {
        inSpan(traced.tracer, 'authorize', asking('deny'), () => {
          inSpan(traced.tracer, 'inner', { attributes: { ...TOOL, 'gen_ai.tool.name': 'x' } }, () => {})
        })
      }),
    )
    expect(decisionOf(traced, 'inner')).toEqual(DENIED)
    expect(decisionOf(traced, 'outer')).toEqual(UNDECIDED)
    agreesWithAudit(traced)
  })
  it('is of the call that it names, beside it', () => {
    const traced = tracing()
    const { attributes } = asking('deny')
    onBehalfOf(ASKED, () =>
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {
        inSpan(traced.tracer, 'authorize', { attributes: { ...attributes, [CALL]: '1' } }, () => {})
        inSpan(traced.tracer, 'tool', { attributes: { ...TOOL, [CALL]: '1' } }, () => {})
        inSpan(traced.tracer, 'other', { attributes: { ...TOOL, [CALL]: '2' } }, () => {})
      }),
    )
    expect(decisionOf(traced, 'tool')).toEqual(DENIED)
    expect(decisionOf(traced, 'other')).toEqual(UNDECIDED)
    agreesWithAudit(traced)
  })
  it('never beats what is bound', () => {
    const traced = tracing()
    onBehalfOf(ASKED, () =>
      inSpan(traced.tracer, 'authorize', asking('deny'), () =>
        decided({ outcome: 'allow' }, () => inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {})),
      ),
    )
    expect(decisionOf(traced, 'tool')).toEqual({ outcome: 'allow', assurance: 'asserted', isDenied: false })
    agreesWithAudit(traced)
  })
  it('is kept of so many acts and no more', () => {
    const traced = tracing()
    onBehalfOf(ASKED, () =>
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {
        for (let call = 0; call < 10_000; call += 1) {
          const attributes = { ...asking('deny').attributes, [CALL]: String(call) }
          inSpan(traced.tracer, 'authorize', { attributes }, () => {})
        }
        inSpan(traced.tracer, 'first', { attributes: { ...TOOL, [CALL]: '0' } }, () => {})
        inSpan(traced.tracer, 'last', { attributes: { ...TOOL, [CALL]: '9999' } }, () => {})
      }),
    )
    expect(decisionOf(traced, 'first')).toEqual(UNDECIDED)
    expect(decisionOf(traced, 'last')).toEqual(DENIED)
  })
})

describe('a resource that is still being detected', () => {
  it('is taken for what is known of it, and its SDK complains of nothing', async () => {
    const detected = Promise.resolve('ops')
    const attributes = { 'service.name': 'mailer', 'host.id': detected, 'attribution.principal.id': detected }
    const resource = detectResources({ detectors: [{ detect: () => ({ attributes }) }] })
    const traced = tracing([new AttributionSpanProcessor()], { resource })
    const lines = diagLines()
    const root = traced.tracer.startSpan('root')
    const under = trace.setSpan(ROOT_CONTEXT, root)
    const start = (name: string) => traced.tracer.startSpan(name, { attributes: TOOL }, under)
    const late = start('late')
    start('early').end()
    const said = [...lines]
    await resource.waitForAsyncAttributes?.()
    late.end()
    await traced.provider.forceFlush()
    expect(said.filter((line) => line.includes('async'))).toEqual([])
    expect(traced.one('early')).toMatchObject({ actor: 'mailer', principal: undefined })
    expect(traced.one('late')).toMatchObject({ actor: 'mailer', principal: 'ops' })
  })
})

describe('two contexts', () => {
  it('that name two users are told, and what is active counts', () => {
    const traced = tracing()
    const kept = onBehalfOf({ principal: 'kai', intent: 'one' }, () => context.active())
    onBehalfOf({ principal: 'lee', intent: 'two' }, () =>
      traced.tracer.startSpan('agent', { attributes: AGENT }, kept).end(),
    )
    expect(traced.one('agent')).toMatchObject({ principal: 'lee', findings: ['context_divergence'] })
  })
  it('that name one user in two spellings are one', () => {
    const traced = tracing()
    const kept = onBehalfOf({ principal: 'mailto:KAI@contoso.com', intent: 'one' }, () => context.active())
    onBehalfOf(ASKED, () => traced.tracer.startSpan('agent', { attributes: AGENT }, kept).end())
    expect(traced.one('agent').findings).toEqual([])
  })
  it('of which one is empty are no divergence', () => {
    const traced = tracing()
    const kept = onBehalfOf(ASKED, () => context.active())
    traced.tracer.startSpan('agent', { attributes: AGENT }, kept).end()
    onBehalfOf(ASKED, () => traced.tracer.startSpan('other', { attributes: AGENT }, ROOT_CONTEXT).end())
    expect([traced.one('agent'), traced.one('other')].map(({ principal, findings }) => [principal, findings])).toEqual([
      ['kai@contoso.com', []],
      ['kai@contoso.com', []],
    ])
  })
})

describe('an effect', () => {
  it('is a client or producer span in an agent, tool, workflow or retriever', () => {
    const traced = tracing()
    inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {
      for (const [name, kind] of Object.entries(SpanKind).filter(([, value]) => typeof value === 'number')) {
        inSpan(traced.tracer, name, { kind: kind as SpanKind }, () => {})
      }
    })
    const kinds = traced.seen().flatMap(({ name, kind }) => (kind === 'effect' ? [name] : []))
    expect(kinds).toEqual(['CLIENT', 'PRODUCER'])
  })
  it('is no transport below a model call or another effect', () => {
    const traced = tracing()
    inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {
      inSpan(traced.tracer, 'llm', { attributes: { 'gen_ai.operation.name': 'chat' } }, () =>
        inSpan(traced.tracer, 'below llm', { kind: SpanKind.CLIENT }, () => {}),
      )
      inSpan(traced.tracer, 'effect', { kind: SpanKind.CLIENT }, () =>
        inSpan(traced.tracer, 'below effect', { kind: SpanKind.CLIENT }, () => {}),
      )
    })
    expect(['below llm', 'effect', 'below effect'].map((name) => traced.one(name).kind)).toEqual([
      undefined,
      'effect',
      undefined,
    ])
  })
  it('is what starts inside asAgent or via, even with no agent span above', () => {
    const traced = tracing()
    asAgent('a', () => inSpan(traced.tracer, 'one', { kind: SpanKind.CLIENT }, () => {}))
    via('c', () => inSpan(traced.tracer, 'two', { kind: SpanKind.CLIENT }, () => {}))
    onBehalfOf(ASKED, () => inSpan(traced.tracer, 'three', { kind: SpanKind.CLIENT }, () => {}))
    expect(['one', 'two', 'three'].map((name) => traced.one(name).kind)).toEqual(['effect', 'effect', undefined])
  })
  it('below a parent in another process is no orphan here', () => {
    const traced = tracing()
    const remote = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1, isRemote: true }
    const ctx = trace.setSpanContext(ROOT_CONTEXT, remote)
    traced.tracer.startSpan('tool', { attributes: TOOL }, ctx).end()
    expect(traced.one('tool').findings).not.toContain('orphan_effect')
  })
})

describe('under stress', () => {
  it('at the attribute limit the stamp is still there', () => {
    const traced = tracing([new AttributionSpanProcessor()], { spanLimits: { attributeCountLimit: 4 } })
    onBehalfOf(ASKED, () =>
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, (span) => {
        for (let index = 0; index < 20; index++) span.setAttribute(`filler.${index}`, index)
      }),
    )
    expect(traced.one('agent')).toMatchObject({ principal: 'kai@contoso.com', verdict: 'separated' })
  })
  it('where the kind is known at the start, the facets are on the span before it ends', () => {
    const traced = tracing()
    onBehalfOf(ASKED, () => {
      const span = traced.tracer.startSpan('agent', { attributes: AGENT }) as ApiSpan & Span
      expect(span.attributes).toMatchObject({
        'attribution.principal.id': 'kai@contoso.com',
        'attribution.intent.summary': 'send the report',
      })
    })
  })
  it('works where the SDK never calls onEnding', () => {
    const ours = new AttributionSpanProcessor()
    const old = processorThat({ onStart: (span, ctx) => ours.onStart(span, ctx), onEnd: (span) => ours.onEnd(span) })
    const traced = tracing([old])
    act(traced)
    expect(facets(traced, 'effect')).toMatchObject({ ...WHOLE, kind: 'effect' })
  })
  it('works where it is not first, and where what stands before it writes late', () => {
    const late = processorThat({ onEnding: (span) => span.setAttributes(AGENT) })
    const traced = tracing([late, new AttributionSpanProcessor()])
    onBehalfOf(ASKED, () => inSpan(traced.tracer, 'late', {}, () => {}))
    expect(facets(traced, 'late')).toMatchObject({ kind: 'agent', principal: 'kai@contoso.com' })
  })
  it('judges a span once that is ended twice', () => {
    const traced = tracing()
    const span = onBehalfOf(ASKED, () => traced.tracer.startSpan('agent', { attributes: AGENT }))
    span.end()
    span.end()
    expect(traced.spans()).toHaveLength(1)
    expect(traced.one('agent').findings).toEqual([])
  })
  it('judges a span once that passes two of our processors', () => {
    const traced = tracing([new AttributionSpanProcessor(), new AttributionSpanProcessor()])
    act(traced)
    expect(facets(traced, 'effect')).toMatchObject({ ...WHOLE, kind: 'effect' })
    expect(newFaults()).toEqual([])
  })
  it('exports a span whose attributes cannot be written to', () => {
    const frozen = processorThat({ onStart: (span) => void Object.freeze((span as unknown as Span).attributes) })
    const traced = tracing([frozen, new AttributionSpanProcessor()])
    onBehalfOf(ASKED, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}))
    expect(traced.spans()).toHaveLength(1)
  })
  it('exports a span whose attributes throw when they are read', () => {
    const hostile = processorThat({
      onStart: (span) =>
        void Object.defineProperty((span as unknown as Span).attributes, 'user.id', {
          enumerable: true,
          get() {
            throw new Error('a getter of the app')
          },
        }),
    })
    const traced = tracing([hostile, new AttributionSpanProcessor()])
    expect(() => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {})).not.toThrow()
    expect(traced.spans()).toHaveLength(1)
    expect(newFaults()).toContain('processor')
  })
  it('says once that nothing stands behind it', () => {
    silence()
    const ours = new AttributionSpanProcessor()
    const traced = tracing()
    const lines = diagLines()
    const provider = new (traced.provider.constructor as new (config: object) => Traced['provider'])({
      spanProcessors: [ours],
    })
    for (let time = 0; time < 3; time++) provider.getTracer('t').startSpan('agent').end()
    expect(lines.filter((line) => line.includes('stands alone'))).toHaveLength(1)
  })
  it('says nothing of that where an exporting processor stands beside it', () => {
    const traced = tracing()
    const lines = diagLines()
    act(traced)
    expect(lines).toEqual([])
  })
  it('keeps no span that never ends: a thousand deep, each is judged by those above', () => {
    const traced = tracing()
    let active = onBehalfOf(ASKED, () => context.active())
    for (let depth = 0; depth < 1_000; depth++) {
      active = trace.setSpan(active, traced.tracer.startSpan('open', { attributes: TOOL }, active))
    }
    traced.tracer.startSpan('deep', { kind: SpanKind.CLIENT }, active).end()
    expect(traced.one('deep')).toMatchObject({ kind: 'effect', principal: 'kai@contoso.com' })
  })
})
