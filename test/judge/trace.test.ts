import { describe, expect, it } from 'vitest'
import type { SpanShape } from '../../src/model/span.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import {
  agent,
  ASKED,
  check,
  client,
  EPOCH_SECONDS,
  spanWith,
  judgedBy,
  llm,
  plain,
  server,
  spansOf,
  tool,
  TRACE_ID,
  workflow,
} from './spans.ts'
import type { SpanSpec, GivenAttributes } from './spans.ts'

describe('the verdict', () => {
  const merge = { 'declaration.type': 'merge', 'declaration.merges': ['principal_is_actor'] }
  check([
    {
      title: 'is collapsed before it is unknown',
      trace: agent('kai', { 'principal.id': 'kai' }, client('e')),
      expect: {
        e: {
          findings: ['missing_context', 'missing_intent', 'principal_is_actor'],
          verdict: 'collapsed',
          complete: false,
        },
      },
    },
    {
      title: 'is unknown before it is declared',
      trace: agent('kai', { 'principal.id': 'kai', ...merge }, client('e')),
      expect: { e: { findings: ['missing_context', 'missing_intent'], verdict: 'unknown' } },
    },
    {
      title: 'is declared before it is separated',
      trace: agent('kai', { 'principal.id': 'kai', ...merge }),
      expect: { kai: { findings: ['missing_intent'], verdict: 'declared', complete: false } },
    },
    {
      title: 'is separated if its findings aren’t a collapse and hide nobody',
      trace: agent('a', {
        'principal.id': 'kai',
        'principal.assurance': 'claimed',
        'user.id': 'lea',
        'decision.outcome': 'deny',
      }),
      expect: {
        a: {
          findings: ['conflicting_identity', 'denied_but_executed', 'missing_intent', 'unverified_principal'],
          verdict: 'separated',
        },
      },
    },
    {
      title: 'is of the span alone: a collapse below does not reach up',
      trace: agent('a', ASKED, tool('t', { 'context.id': ASKED['principal.id'] })),
      expect: { a: { verdict: 'separated' }, t: { verdict: 'collapsed' } },
    },
  ])
})

function judge(spans: readonly SpanShape[]) {
  const policy = createPolicy()
  return judgeTrace(spans, policy, createJudge(policy))
}

describe('a recorded trace', () => {
  const GONE = 'feedfeedfeedfeed'

  it('is given back by start time, without the spans that are not judged', () => {
    const spans = spansOf(
      spanWith({ start: 3 }, agent('late', ASKED, plain('p'), spanWith({ start: 1 }, llm('early')))),
    )
    expect(judge(spans).map(({ span }) => span.name)).toEqual(['early', 'late'])
  })

  it('may hold a child that started before its parent', () => {
    const policy = createPolicy()
    const spans = spansOf(spanWith({ start: 3 }, agent('a', ASKED, spanWith({ start: 1 }, tool('t')))))
    const said = judgedBy(createJudge(policy), spans, policy)
    expect(said('t')).toMatchObject({ actor: 'a', principal: 'kai@contoso.com', findings: [] })
  })

  it('may arrive in any order', () => {
    const policy = createPolicy()
    const trace = server(
      'http',
      { 'user.id': 'kai' },
      agent('a', { 'intent.id': 'i' }, tool('t', client('e')), agent('b', llm('l'))),
    )
    const once = judgedBy(createJudge(policy), spansOf(trace), policy)
    const again = judgedBy(createJudge(policy), spansOf(trace).toReversed(), policy)
    for (const name of ['a', 't', 'e', 'b', 'l']) expect(again(name)).toEqual(once(name))
  })

  it('may lack parents', () => {
    const policy = createPolicy()
    const spans = spansOf([
      spanWith({ parent: GONE }, agent('a', ASKED, tool('t'))),
      spanWith({ parent: GONE }, llm('l', ASKED)),
    ])
    const said = judgedBy(createJudge(policy), spans, policy)
    expect(said('a')).toMatchObject({ findings: [], verdict: 'separated' })
    expect(said('l')).toMatchObject({ actor: 'reports', findings: [] })
  })

  it('may hold a span that is its own parent', () => {
    expect(
      judge(spansOf(spanWith({ id: GONE, parent: GONE }, agent('a', ASKED)))).map(({ judgement }) => judgement.verdict),
    ).toEqual(['separated'])
  })

  it('may go in a circle, and is judged the same in any order', () => {
    const circle = [
      spanWith({ id: '000000000000000a', parent: '000000000000000c' }, agent('a', ASKED)),
      spanWith({ id: '000000000000000b', parent: '000000000000000a' }, tool('b')),
      spanWith({ id: '000000000000000c', parent: '000000000000000b' }, llm('c')),
    ]
    const spans = spansOf(circle)
    const told = (some: readonly SpanShape[]) =>
      judge(some).map(({ span, judgement }) => [span.name, judgement.findings])
    expect(told(spans)).toHaveLength(3)
    expect(told(spans.toReversed())).toEqual(told(spans))
  })

  it('may hold two spans of one id, and is judged the same in any order', () => {
    const twice = [
      spanWith({ id: '000000000000000a', start: 0 }, agent('a', ASKED)),
      spanWith({ id: '000000000000000a', start: 0 }, agent('b', { ...ASKED, 'principal.id': 'lea' })),
      spanWith({ id: '000000000000000c', parent: '000000000000000a', start: 0 }, tool('t')),
    ]
    const spans = spansOf(twice)
    const told = (some: readonly SpanShape[]) =>
      judge(some).map(({ span, resolved }) => [span.name, resolved.facets.principal?.value.id])
    expect(told(spans)).toHaveLength(3)
    expect(told(spans.toReversed())).toEqual(told(spans))
  })

  it('may be empty', () => {
    expect(judge([])).toEqual([])
  })

  const DEPTH = 20_000
  const deep: readonly [title: string, saysAt: (depth: number) => GivenAttributes][] = [
    ['unrecognized spans', (depth) => (depth === 0 ? agent('a', ASKED).says : {})],
    ['tools', (depth) => (depth === 0 ? agent('a', ASKED).says : tool('t').says)],
    ['one agent', () => agent('a', ASKED).says],
    ['workflows', () => workflow('w', ASKED).says],
  ]
  for (const [title, saysAt] of deep) {
    it(`may be ${DEPTH} spans deep: ${title}`, { timeout: 20_000 }, () => {
      const spans = line(DEPTH, saysAt)
      for (const some of [spans, spans.toReversed()]) {
        const judged = judge(some)
        expect(judged.length).toBeGreaterThan(0)
        expect(judged.at(-1)?.resolved.facets.principal?.value.id).toBe(ASKED['principal.id'])
      }
    })
  }

  it(`may be ${DEPTH} different agents deep`, { timeout: 20_000 }, () => {
    const last = judge(line(DEPTH, (depth) => agent(`agent-${depth}`, ASKED).says)).at(-1)
    expect(last?.judgement.findings).toEqual(['chain_loop'])
    expect(last?.resolved.facets.actorChain.at(0)).toBe('agent-0')
    expect(last?.resolved.facets.actorChain.at(-1)).toBe(`agent-${DEPTH - 1}`)
  })
})

function line(depth: number, saysAt: (depth: number) => GivenAttributes): SpanShape[] {
  const flat: SpanSpec[] = Array.from({ length: depth }, (_, index) => plain(`s${index}`, saysAt(index)))
  return spansOf(flat).map((span, index) => ({
    ...span,
    spanContext: () => ({ traceId: TRACE_ID, spanId: (index + 1).toString(16).padStart(16, '0') }),
    ...(index === 0 ? {} : { parentSpanContext: { traceId: TRACE_ID, spanId: index.toString(16).padStart(16, '0') } }),
    // All at once, so that only the ids say who is whose child.
    startTime: [EPOCH_SECONDS, 0] as const,
  }))
}
