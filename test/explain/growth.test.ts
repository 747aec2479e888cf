import { describe, expect, it } from 'vitest'
import { explanationText } from '../../src/cli/explain/text.ts'
import { explain, sentenceOf } from '../../src/explain/explanation.ts'
import type { ChainLink } from '../../src/explain/chain.ts'
import { DistinctDecisions } from '../../src/explain/distinct-decisions.ts'
import { evidenceOf } from '../../src/explain/evidence.ts'
import type { Assurance, Decision } from '../../src/model/attribution.ts'
import type { Attributes, SpanShape } from '../../src/model/span.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import type { Sourced } from '../../src/resolve/lineage.ts'

const POLICY = createPolicy({})
const AGENT = { 'gen_ai.operation.name': 'invoke_agent' }
const TOOL = { 'gen_ai.operation.name': 'execute_tool' }

/** Counts how often a span is looked at. */
class Counted {
  looks = 0
  readonly spans: SpanShape[] = []

  add(attributes: Attributes, parent?: number, kind = 0, name = 'span'): number {
    const at = this.spans.length + 1
    const look = <T>(value: T) => {
      this.looks += 1
      return value
    }
    const context = (number: number) => ({ traceId: 'a'.repeat(32), spanId: number.toString(16).padStart(16, '0') })
    this.spans.push({
      name,
      kind,
      spanContext: () => context(at),
      get parentSpanContext() {
        return look(parent === undefined ? undefined : context(parent))
      },
      startTime: [1_700_000_000 + at, 0],
      status: { code: 0 },
      get attributes() {
        return look(attributes)
      },
      resource: { attributes: { 'service.name': 'shop' } },
      instrumentationScope: { name: 'test' },
    })
    return at
  }
}

const SHAPES: Readonly<Record<string, (size: number, to: Counted) => void>> = {
  'leaves below as many ancestors': (size, to) => {
    let last: number | undefined
    for (let at = 0; at < size; at++) last = to.add({ 'app.step': ` ${at}` }, last)
    for (let at = 0; at < size; at++) {
      to.add({ ...TOOL, 'gen_ai.tool.name': `t${at}`, 'attribution.intent.summary': `order ${at}` }, last)
    }
  },
  'leaves that say what only the root says as well': (size, to) => {
    let last = to.add({ 'app.names': 'root', 'user.id': 'kai@contoso.com' })
    for (let at = 0; at < size; at++) last = to.add({}, last)
    for (let at = 0; at < size; at++) to.add({ ...TOOL, 'gen_ai.tool.name': `t${at}` }, last)
  },
  'nested agents': (size, to) => {
    let last: number | undefined
    for (let at = 0; at < size; at++) last = to.add({ ...AGENT, 'gen_ai.agent.name': `agent-${at}` }, last)
  },
  'siblings that each say something else': (size, to) => {
    const root = to.add({ ...AGENT, 'gen_ai.agent.name': 'a' })
    for (let at = 0; at < size; at++) {
      const decision = { 'attribution.decision.outcome': 'allow', 'attribution.decision.policy.id': `p${at}` }
      const said = { 'user.id': `u${at}`, 'attribution.resource.id': `r${at}`, 'attribution.authority.id': `g${at}` }
      to.add({ ...TOOL, ...decision, ...said, 'gen_ai.tool.name': `t${at}`, 'attribution.context.id': `c${at}` }, root)
    }
  },
  'connections that lead nowhere': (size, to) => {
    const root = to.add({ ...AGENT, 'gen_ai.agent.name': 'a' })
    for (let at = 0; at < size; at++) to.add({ 'db.system.name': 'postgresql' }, root, 2, 'pg-pool.connect')
  },
  'effects of one tool that each were decided on': (size, to) => {
    const root = to.add({ ...AGENT, 'gen_ai.agent.name': 'a' })
    const tool = to.add({ ...TOOL, 'gen_ai.tool.name': 't' }, root)
    for (let at = 0; at < size; at++) {
      const decision = { 'attribution.decision.outcome': 'allow', 'attribution.decision.policy.id': `p${at}` }
      to.add({ ...decision, 'url.full': `http://host-${at}/` }, tool, 2, 'GET')
    }
  },
}

function looksFor(shape: (size: number, to: Counted) => void, size: number): number {
  const counted = new Counted()
  shape(size, counted)
  counted.looks = 0
  expect(sentenceOf(explain(counted.spans, POLICY)).length).toBeGreaterThan(0)
  return counted.looks
}

describe('the work of an explanation', () => {
  for (const [title, shape] of Object.entries(SHAPES)) {
    it(`grows with the number of spans, not with its square: ${title}`, () => {
      const [small, large] = [looksFor(shape, 500), looksFor(shape, 4_000)]
      // Eight times as much. The square would be 64 times as much.
      expect(large / small).toBeLessThan(12)
    })
  }

  it('ends for a trace of more spans than a function takes arguments', () => {
    const counted = new Counted()
    const root = counted.add({ ...AGENT, 'gen_ai.agent.name': 'a', 'user.id': 'kai@contoso.com' })
    counted.add({ ...TOOL, 'gen_ai.tool.name': 't' }, root)
    const explanation = explain(counted.spans, POLICY)
    const [agent, tool] = explanation.chain as readonly [ChainLink, ChainLink]
    const tools = Array.from({ length: 200_000 }, (_, at): ChainLink => (at < 2 ? tool : { ...tool, depth: at % 2 }))
    const text = explanationText({ ...explanation, chain: [agent, ...tools] })
    expect(text).toContain('tool t (2 times)')
    expect(text).toContain('… and 199,600 spans more: --format json shows all')
  })
})

describe('evidence', () => {
  /** Spans without a word between the one that says it and the one that acts. */
  function chainBelow(distance: number, root: Attributes) {
    const counted = new Counted()
    let last = counted.add(root)
    for (let at = 0; at < distance; at++) last = counted.add({}, last)
    counted.add({ ...TOOL, 'gen_ai.tool.name': 't' }, last)
    const { chain } = explain(counted.spans, POLICY)
    return chain.at(-1) as ChainLink
  }

  for (const distance of [0, 98, 99, 100, 101, 1_000]) {
    it(`is found on an ancestor ${distance} spans above`, () => {
      const link = chainBelow(distance, { 'app.user': 'kai', 'user.id': ' kai ', 'z.other': 'kai' })
      const at = { traceId: 'a'.repeat(32), spanId: '1'.padStart(16, '0') }
      expect(evidenceOf(link, 'kai', 'user.id')).toEqual({ ...at, attribute: 'user.id' })
      expect(evidenceOf(link, 'kai', 'attribution.principal.id')).toEqual({ ...at, attribute: 'app.user' })
      expect(evidenceOf(link, 'nobody', 'user.id')).toEqual({ ...at, spanId: link.judged.span.spanContext().spanId })
    })
  }

  it('is the nearest of several, and none of a span that stands beside the ancestors', () => {
    const counted = new Counted()
    const root = counted.add({ 'user.id': 'kai' })
    const near = counted.add({ 'user.id': 'kai' }, root)
    let beside = counted.add({ 'user.id': 'kai' }, near)
    for (let at = 0; at < 300; at++) beside = counted.add({ 'user.id': 'kai' }, beside)
    let last = near
    for (let at = 0; at < 300; at++) last = counted.add({}, last)
    counted.add({ ...TOOL, 'gen_ai.tool.name': 't' }, last)
    const link = explain(counted.spans, POLICY).chain.at(-1) as ChainLink
    expect(evidenceOf(link, 'kai', 'user.id').spanId).toBe(near.toString(16).padStart(16, '0'))
  })
})

describe('decisions of one action', () => {
  const decision = (value: Decision, assurance: Assurance): Sourced<Decision> => ({ value, assurance, source: 'span' })
  const byA = { outcome: 'allow', policy: { id: 'a' } } as const
  const cases: readonly (readonly [string, readonly Sourced<Decision>[], readonly number[]])[] = [
    ['the same twice is one', [decision(byA, 'asserted'), decision(byA, 'asserted')], [0]],
    ['a surer one covers the same', [decision(byA, 'claimed'), decision(byA, 'asserted')], [1]],
    ['a fuller one covers a barer one', [decision({ outcome: 'allow' }, 'asserted'), decision(byA, 'asserted')], [1]],
    ['and also comes first', [decision(byA, 'asserted'), decision({ outcome: 'allow' }, 'claimed')], [0]],
    [
      'a fuller one that is less sure does not',
      [decision({ outcome: 'allow' }, 'asserted'), decision(byA, 'claimed')],
      [0, 1],
    ],
    [
      'two that each say something else both stay',
      [decision(byA, 'asserted'), decision({ outcome: 'allow', approver: { id: 'cfo' } }, 'asserted')],
      [0, 1],
    ],
    [
      'another outcome is another decision',
      [decision(byA, 'asserted'), decision({ outcome: 'deny' }, 'asserted')],
      [0, 1],
    ],
  ]
  for (const [title, decisions, left] of cases) {
    it(title, () => {
      const distinct = new DistinctDecisions<number>()
      for (const [at, one] of decisions.entries()) distinct.add(one, at)
      expect(distinct.all).toEqual(left)
    })
  }
})
