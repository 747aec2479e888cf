import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CREDENTIAL_TYPES,
  DECISION_OUTCOMES,
  PRINCIPAL_TYPES,
  SPAN_KINDS,
  VERDICTS,
} from '../../src/model/attribution.ts'
import type { Attribution, Verdict } from '../../src/model/attribution.ts'
import { FINDING_CODES, findingEntry } from '../../src/model/finding.ts'
import type { FindingCode } from '../../src/model/finding.ts'
import { ATTR, ATTR_PREFIX } from '../../src/model/names.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { createJudge } from '../../src/judge/judge.ts'
import type { Judge, Judgement } from '../../src/judge/judge.ts'
import { lineageFrom } from '../../src/resolve/lineage.ts'
import type { Binding, BoundAgent, Lineage } from '../../src/resolve/lineage.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import type { Policy, PolicyOptions } from '../../src/policy/policy.ts'
import { Spoken } from '../../src/resolve/recorded-decision.ts'
import { resolveSpan } from '../../src/resolve/resolved-span.ts'
import type { ResolvedSpan } from '../../src/resolve/resolved-span.ts'
import { noteInTree, tellFrom } from '../../src/resolve/tree-ledger.ts'
import { stamp } from '../../src/judge/stamp.ts'
import { readStated } from '../../src/resolve/stated.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import type { JudgedSpan, SpanInTrace } from '../../src/judge/trace.ts'
import { attributesOf, EPOCH_SECONDS, isoAt, TRACE_ID } from './spans.ts'
import type { GivenAttributes } from './spans.ts'

// ---- arbitrary traces ------------------------------------------------------------------------------------------

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    '',
    '  ',
    '\u{200b}',
    null,
    undefined,
    Number.NaN,
    0,
    -1,
    12n,
    true,
    [],
    {},
    ['a', 1, null],
    '["a"',
    '[1]',
  ),
  fc.jsonValue(),
)

const some = (...values: readonly unknown[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: junk })

const PEOPLE = [
  'kai',
  'Lea',
  'user:kai',
  'mailto:KAI',
  'unknown',
  'svc-mail',
  'mail-bot',
  'a',
  'b',
  'x',
  'k\u{430}i',
  '\u{430}',
]
const ASSURED = ['verified', 'asserted', 'claimed', 'inferred', 'certain']

const MARKS: readonly GivenAttributes[] = [
  {},
  {},
  { 'gen_ai.operation.name': 'invoke_agent' },
  { 'gen_ai.operation.name': 'invoke_agent' },
  { 'gen_ai.operation.name': 'create_agent' },
  { 'gen_ai.operation.name': 'execute_tool' },
  { 'gen_ai.operation.name': 'execute_tool' },
  { 'gen_ai.operation.name': 'chat' },
  { 'gen_ai.operation.name': 'retrieval' },
  { 'gen_ai.operation.name': 'invoke_workflow' },
  { 'mcp.method.name': 'tools/call' },
  { 'mcp.method.name': 'tools/list' },
  { 'openinference.span.kind': 'GUARDRAIL' },
  { 'openinference.span.kind': 'CHAIN' },
  { 'gen_ai.operation.name': 'execute_authorization', 'gen_ai.agent.authorization.outcome': 'deny' },
  { 'gen_ai.operation.name': 'execute_authorization', 'gen_ai.agent.authorization.outcome': 'allow' },
  { 'ai.operationId': 'ai.generateText' },
  { 'ai.operationId': 'ai.toolCall' },
  ...SPAN_KINDS.map((kind) => ({ 'span.kind': kind })),
]

/** Every name that a rule reads; names of ours stand without their prefix. */
const FACETS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  'principal.id': some(...PEOPLE),
  'principal.type': some(...PRINCIPAL_TYPES),
  'principal.issuer': some('i1', 'i2'),
  'principal.assurance': some(...ASSURED),
  'actor.id': some('a', 'b', 'kai', 'unknown'),
  'actor.name': some('a', 'b', 'c'),
  'actor.chain': some(['a'], ['a', 'b'], '["a","b"]', ['b', 'a', 'b']),
  'actor.assurance': some(...ASSURED),
  'context.id': some('mail', 'kai', 'a', 'default'),
  'context.assurance': some(...ASSURED),
  'context.credential.id': some('k1', 'k2', 'default'),
  'context.credential.type': some(...CREDENTIAL_TYPES),
  'context.credential.subject': some('kai', 'a', 'svc'),
  'intent.id': some('i1', 'i2'),
  'intent.summary': some('s1', 's2'),
  'intent.hash': some('sha-256:A'),
  'intent.parent_id': some('i1', 'i2'),
  'authority.id': some('g1', 'g2'),
  'authority.assurance': some(...ASSURED),
  'authority.scopes': some(['mail.read'], ['mail.send']),
  'correlation.assurance': some(...ASSURED),
  'declaration.assurance': some(...ASSURED),
  'authority.expires_at': some(isoAt(0), isoAt(0), isoAt(5_000), 'soon'),
  'decision.outcome': some(...DECISION_OUTCOMES),
  'decision.approver.id': some('a', 'kai'),
  'decision.at': some(isoAt(0), isoAt(9_000)),
  'decision.binding': some('sha-256:a', 'sha-256:b'),
  'decision.principal_allowed': some(true, false),
  'decision.unevaluated': some('down'),
  'action.binding': some('sha-256:a', 'sha-256:b'),
  would_deny: some(true, false),
  'decision.assurance': some(...ASSURED),
  'gen_ai.agent.authorization.outcome': some('allow', 'deny', 'escalate'),
  'gen_ai.agent.authorization.policy.name': some('p', 'q'),
  'gen_ai.guardrail.verdict.type': some('allow', 'deny', 'modify'),
  'gen_ai.tool.call.id': some('call-1', 'call-2'),
  judge: fc.constantFrom('onbehalf/0.1.0 abc'),
  findings: some(
    ['context_divergence'],
    ['stale_binding', 'claim_contradicted'],
    '["attribution_rewritten"]',
    ['conflicting_identity', 'missing_actor'],
    ['undelegated_token', 'token_passthrough'],
    ['carrier_invalid', 'carrier_replayed', 'chain_spliced', 'scope_widened'],
  ),
  outcome: some('success', 'failure', 'denied', 'unknown'),
  'correlation.id': some('c1', 'c2'),
  'declaration.type': some('merge', 'autonomous'),
  'declaration.merges': some(['principal_is_actor', 'missing_intent'], '["shared_credential"]', [...FINDING_CODES]),
  'user.id': some('kai', 'lea', 'unknown'),
  'gen_ai.agent.id': some('a', 'b'),
  'gen_ai.agent.name': some('a', 'b', 'c', 'kai'),
  'gen_ai.tool.name': some('t1', 't2', 'a'),
  'gen_ai.conversation.id': some('c1'),
  'server.address': some('mail', 'kai'),
  'db.namespace': some('orders'),
}

/** Names that a rule reads together, and that chance would seldom bring together. */
const TOGETHER: readonly (readonly string[])[] = [
  [],
  ['principal.id', 'principal.type', 'actor.id'],
  ['principal.id', 'context.id', 'context.credential.id'],
  ['principal.id', 'context.credential.type', 'context.credential.subject'],
  ['actor.id', 'decision.outcome', 'decision.approver.id', 'decision.at'],
  ['declaration.type', 'declaration.merges'],
  ['decision.outcome', 'decision.binding', 'action.binding', 'decision.principal_allowed'],
  ['authority.id', 'authority.scopes'],
]

/** A few of the names: some that belong together, and some by chance, each as likely as the others. */
function saysOf(facets: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<GivenAttributes> {
  return fc
    .tuple(fc.constantFrom(...TOGETHER), fc.subarray(Object.keys(facets), { maxLength: 5 }))
    .map(([together, more]) => [...new Set([...together, ...more])])
    .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, facets[key] as fc.Arbitrary<unknown>]))))
}

interface Sketch {
  readonly mark: GivenAttributes
  readonly says: GivenAttributes
  /** -1 for none, -2 for a missing one; else an index, taken modulo the number of spans. */
  readonly parent: number
  readonly start: number
  readonly kind: number
  readonly status: number
  readonly resource: GivenAttributes
  readonly isTwin: boolean
}

const RESOURCES: readonly GivenAttributes[] = [
  { 'service.name': 'svc' },
  {},
  { 'service.name': 'unknown_service:node' },
  { 'service.name': 'svc', 'gen_ai.agent.name': 'a', 'principal.id': 'owner', 'context.id': 'batch' },
  { 'service.name': 'svc', 'context.credential.id': 'k1', 'correlation.id': 'c1', 'intent.summary': 's1' },
]

const sketch: fc.Arbitrary<Sketch> = fc.record({
  mark: fc.constantFrom(...MARKS),
  says: saysOf(FACETS),
  parent: fc.oneof({ weight: 8, arbitrary: fc.nat(11) }, { weight: 1, arbitrary: fc.constantFrom(-1, -2) }),
  start: fc.nat(6),
  kind: fc.nat(4),
  status: fc.constantFrom(0, 0, 1, 2),
  resource: fc.oneof(fc.constant(RESOURCES[0] as GivenAttributes), fc.constantFrom(...RESOURCES)),
  isTwin: fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
})

function spansIn(sketches: readonly Sketch[]): SpanShape[] {
  const idAt = (index: number) => (index + 1).toString(16).padStart(16, '0')
  return sketches.map((one, index) => {
    const spanId = idAt(one.isTwin && index > 0 ? index - 1 : index)
    const parentId = one.parent === -2 ? 'feedfeedfeedfeed' : idAt(one.parent % sketches.length)
    return {
      name: `s${index}`,
      kind: one.kind,
      spanContext: () => ({ traceId: TRACE_ID, spanId }),
      ...(one.parent === -1 ? {} : { parentSpanContext: { traceId: TRACE_ID, spanId: parentId } }),
      startTime: [EPOCH_SECONDS + one.start, 0],
      status: { code: one.status },
      attributes: attributesOf(honest({ ...one.mark, ...one.says })),
      resource: { attributes: attributesOf(one.resource) },
      instrumentationScope: { name: 'test' },
    }
  })
}

/** Only a judge records that something is inferred; an app states what it says. */
function honest(says: GivenAttributes): Record<string, unknown> {
  if (says['judge'] !== undefined) return { ...says }
  return Object.fromEntries(Object.entries(says).filter(([, value]) => value !== 'inferred'))
}

/** A facet that is stated in part only, such as an approver without a decision, is none; a stamp does not remove it. */
function whole(spans: readonly SpanShape[]): SpanShape[] {
  return spans.map((span) => {
    const stated = readStated(span.attributes)
    const { principal, actor, context, intent, decision, declaration } = stated
    const absent = Object.entries({ principal, actor, context, intent, decision, declaration })
      .filter(([, facet]) => facet === undefined)
      .map(([name]) => `${ATTR_PREFIX}${name}.`)
    const isStated = (key: string) => !absent.some((prefix) => key.startsWith(prefix))
    const kept = Object.entries(span.attributes).filter(([key]) => isStated(key) && key !== ATTR.judge)
    return { ...span, attributes: honest(Object.fromEntries(kept)) }
  })
}

/** Any shape: parents after their children, circles, missing parents, two spans of one id. */
const anyTrace = fc.array(sketch, { minLength: 1, maxLength: 12 }).map(spansIn)

/** A tree as one process makes it: each span after its parent, all of one resource. */
const sketchedTree = fc.array(sketch, { minLength: 1, maxLength: 9 }).map((sketches) =>
  sketches.map((one, index) => ({
    ...one,
    parent: index === 0 ? -1 : Math.max(0, one.parent) % index,
    start: index,
    isTwin: false,
    resource: (sketches[0] as Sketch).resource,
  })),
)

const POLICIES: readonly PolicyOptions[] = [
  {},
  { profile: 'strict' },
  { profile: 'observe' },
  {
    require: {
      llm: ['decision', 'correlation', 'authority', 'intent'],
      tool: ['context.credential', 'decision.approver'],
    },
  },
  { assurance: { principal: 'verified', actor: 'asserted', context: 'claimed' } },
  { aliases: { lea: 'kai', mail: 'kai' }, chain: { max_depth: 1 } },
  {
    rules: [
      { agent: 'a*', allow: ['principal_is_actor'] },
      { tool: 't*', autonomous: { owner: 'ops', trigger: 'cron' } },
    ],
  },
]
const anyPolicy = fc.constantFrom(...POLICIES).map(createPolicy)

// ---- what is said of a trace -----------------------------------------------------------------------------------

type Told = Readonly<Record<string, Pick<Judgement, 'findings' | 'verdict' | 'complete' | 'allowed' | 'missing'>>>

function told(judged: readonly JudgedSpan[]): Told {
  const entries = judged.map(({ span, judgement }) => {
    const { findings, verdict, complete, allowed, missing } = judgement
    return [span.name, { findings, verdict, complete, allowed, missing }] as const
  })
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function judgeAll(spans: readonly SpanShape[], policy: Policy, judge: Judge = createJudge(policy)): JudgedSpan[] {
  return judgeTrace(spans, policy, judge)
}

function stampedWith(span: SpanShape, resolved: ResolvedSpan, judgement: Judgement): SpanShape {
  const options = {
    judgeName: 'onbehalf/0.1.0 test',
    findingAttributes: false,
    findingWarnings: false,
    fillStandard: false,
  }
  const attributes = { ...span.attributes, ...stamp(span.attributes, resolved, judgement, options) }
  return { ...span, attributes }
}

function stampedTrace(spans: readonly SpanShape[], policy: Policy): SpanShape[] {
  const stamped = new Map(
    judgeAll(spans, policy).map(({ span, resolved, judgement }) => [span, stampedWith(span, resolved, judgement)]),
  )
  return spans.map((span) => stamped.get(span) ?? span)
}

/** The same traces in each run; raise the numbers or change the seed to hunt. */
fc.configureGlobal({ seed: 20_260_101 })

const RUNS = { numRuns: 600 }

describe('the traces that are made', () => {
  it('show every finding and every verdict, time and again', () => {
    const seen: Record<string, number> = {}
    for (const [spans, policy] of fc.sample(fc.tuple(anyTrace, anyPolicy), RUNS.numRuns)) {
      for (const { judgement } of judgeAll(spans, policy)) {
        for (const word of [...judgement.findings, judgement.verdict]) seen[word] = (seen[word] ?? 0) + 1
      }
    }
    // Records that disagree have a test of their own.
    const codes = FINDING_CODES.filter((code) => code !== 'record_conflict')
    const seldom = [...codes, ...VERDICTS].filter((word) => (seen[word] ?? 0) < 10)
    expect(seldom.map((word) => `${word}: ${seen[word] ?? 0}`)).toEqual([])
  })
})

describe('for any trace', () => {
  it('nothing throws, whatever the attributes hold', () => {
    const wild = fc.array(
      fc.record({
        start: fc.nat(6),
        kind: fc.nat(9),
        status: fc.nat(9),
        isTwin: fc.boolean(),
        parent: fc.integer({ min: -2, max: 9 }),
        mark: fc.constantFrom(...MARKS),
        says: saysOf(Object.fromEntries(Object.keys(FACETS).map((key) => [key, junk]))),
        resource: saysOf(Object.fromEntries(Object.keys(FACETS).map((key) => [key, junk]))),
      }),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(wild.map(spansIn), anyPolicy, (spans, policy) => {
        expect(stampedTrace(spans, policy)).toHaveLength(spans.length)
      }),
      RUNS,
    )
  })

  it('the verdict does not depend on the order in which the spans arrive', () => {
    const shuffled = anyTrace.chain((spans) =>
      fc.tuple(fc.constant(spans), fc.shuffledSubarray(spans, { minLength: spans.length, maxLength: spans.length })),
    )
    fc.assert(
      fc.property(shuffled, anyPolicy, ([spans, arrived], policy) => {
        expect(told(judgeAll(arrived, policy))).toEqual(told(judgeAll(spans, policy)))
      }),
      RUNS,
    )
  })

  it('judging twice changes nothing, by one judge or by two', () => {
    fc.assert(
      fc.property(anyTrace, anyPolicy, (spans, policy) => {
        const judge = createJudge(policy)
        const once = told(judgeAll(spans, policy, judge))
        expect(told(judgeAll(spans, policy, judge))).toEqual(once)
        expect(told(judgeAll(spans, policy))).toEqual(once)
      }),
      RUNS,
    )
  })

  it('findings are sorted, unique and of the table, and what is allowed is none of them', () => {
    fc.assert(
      fc.property(anyTrace, anyPolicy, (spans, policy) => {
        for (const { judgement } of judgeAll(spans, policy)) {
          const { findings, allowed } = judgement
          expect(findings).toEqual([...new Set(findings)].toSorted())
          expect(findings.filter((code) => !FINDING_CODES.includes(code))).toEqual([])
          expect(findings.filter((code) => allowed.includes(code))).toEqual([])
        }
      }),
      RUNS,
    )
  })

  it('a span is complete exactly where it lacks nothing required, and says what it lacks', () => {
    fc.assert(
      fc.property(anyTrace, anyPolicy, (spans, policy) => {
        for (const { judgement } of judgeAll(spans, policy)) {
          const { complete, missing, findings, allowed } = judgement
          expect(complete).toBe(missing.length === 0)
          const lacks = [...findings, ...allowed].filter(isLack)
          expect(complete || lacks.length > 0).toBe(true)
          expect(complete && lacks.some((code) => code.startsWith('missing_'))).toBe(false)
        }
      }),
      RUNS,
    )
  })

  it('a verdict that is not separated has a finding, allowed or not, or a declaration, that explains it', () => {
    fc.assert(
      fc.property(anyTrace, anyPolicy, (spans, policy) => {
        for (const { judgement, resolved } of judgeAll(spans, policy)) {
          const { verdict, findings, allowed } = judgement
          const isStated = resolved.facets.declaration !== undefined || policy.rules.length > 0
          const isExplained = findings.length + allowed.length > 0 || (verdict === 'declared' && isStated)
          expect(verdict === 'separated' || isExplained).toBe(true)
        }
      }),
      RUNS,
    )
  })

  it('the verdict follows from findings, what is missing and what is declared', () => {
    fc.assert(
      fc.property(anyTrace, (spans) => {
        for (const { resolved, judgement } of judgeAll(spans, createPolicy())) {
          expect(judgement.verdict).toBe(restated(judgement, resolved))
        }
      }),
      RUNS,
    )
  })
})

function isLack(code: FindingCode): boolean {
  return code.startsWith('missing_') || code === 'placeholder_identity' || code === 'unverified_principal'
}

const COLLAPSES = [
  'principal_is_actor',
  'principal_is_context',
  'software_as_human',
  'shared_credential',
  'undelegated_token',
  'actor_is_context',
]

/** DESIGN section 5, "Verdict", in other words than the code's. */
function restated({ findings, missing, allowed }: Judgement, { facets }: ResolvedSpan): Verdict {
  if (findings.some((code) => COLLAPSES.includes(code))) return 'collapsed'
  if (['principal', 'actor', 'context'].some((facet) => (missing as readonly string[]).includes(facet)))
    return 'unknown'
  if (findings.includes('undeclared_autonomy') || findings.includes('stale_binding')) return 'unknown'
  return facets.declaration?.value.type === 'autonomous' || allowed.length > 0 ? 'declared' : 'separated'
}

describe('adding a facet', () => {
  const ADDED: readonly GivenAttributes[] = [
    { 'principal.id': 'kai' },
    { 'principal.id': 'svc', 'principal.type': 'service' },
    { 'principal.id': 'unknown' },
    { 'user.id': 'lea' },
    { 'actor.id': 'a' },
    { 'actor.name': 'a' },
    { 'actor.chain': ['a', 'b'] },
    { 'gen_ai.agent.name': 'b' },
    { 'gen_ai.agent.id': 'b' },
    { 'server.address': 'mail' },
    { 'context.id': 'mail', 'context.credential.id': 'k1' },
    { 'context.id': 'mail', 'context.credential.type': 'none' },
    { 'context.credential.id': 'k1' },
    { 'context.credential.id': 'k1', 'context.credential.type': 'user' },
    { 'intent.id': 'i9' },
    { 'intent.summary': 's9' },
    { 'intent.purpose': 'p9' },
    { 'authority.id': 'g9' },
    { 'authority.expires_at': isoAt(0) },
    { 'authority.scopes': ['mail.send'] },
    { 'decision.outcome': 'allow' },
    { 'decision.outcome': 'deny' },
    { 'correlation.id': 'c9' },
    { 'declaration.type': 'autonomous', 'declaration.owner': 'ops' },
    { 'declaration.type': 'merge', 'declaration.merges': ['principal_is_actor'] },
    { outcome: 'failure' },
  ]
  // Not where policy asks for an assurance: a facet that is added with less than the one above is less sure. And a
  // context that is added without its credential is another context, with which the credential of the tool does not go.
  const policies = POLICIES.filter(({ assurance, profile }) => assurance === undefined && profile !== 'strict').concat({
    require: Object.fromEntries(
      SPAN_KINDS.map((kind) => [
        kind,
        [
          'principal',
          'actor',
          'context',
          'context.credential',
          'intent',
          'authority',
          'decision',
          'correlation',
        ] as const,
      ]),
    ),
  })

  it('never adds a missing_*, neither on its span nor on another', () => {
    const trace = fc.array(sketch, { minLength: 1, maxLength: 8 }).map((sketches) =>
      // What is there already is not added; and a declaration that hides a missing_* is no missing facet.
      spansIn(sketches).map((span) => ({ ...span, attributes: without(span.attributes, 'attribution.declaration.') })),
    )
    fc.assert(
      fc.property(
        trace,
        fc.nat(7),
        fc.constantFrom(...ADDED),
        fc.constantFrom(...policies),
        (spans, at, says, options) => {
          const policy = createPolicy(options)
          const index = at % spans.length
          const added = attributesOf(says)
          const target = spans[index] as SpanShape
          fc.pre(Object.keys(target.attributes).every((key) => !isOfFacet(key, Object.keys(added))))
          const more = spans.with(index, { ...target, attributes: { ...target.attributes, ...added } })
          const before = told(judgeAll(spans, policy))
          const after = told(judgeAll(more, policy))
          const news = Object.entries(after).flatMap(([name, { findings, allowed }]) => {
            const had = [...(before[name]?.findings ?? []), ...(before[name]?.allowed ?? [])]
            const has = [...findings, ...allowed].filter((code) => code.startsWith('missing_'))
            return has.filter((code) => !had.includes(code)).map((code) => ({ name, code, says, on: target.name }))
          })
          expect(news).toEqual([])
        },
      ),
      { numRuns: 4_000 },
    )
  })

  function without(attributes: SpanShape['attributes'], prefix: string): Record<string, unknown> {
    return Object.fromEntries(Object.entries(attributes).filter(([key]) => !key.startsWith(prefix)))
  }

  /** Whether the span says something of the facet already, so that the new words would replace instead of add. */
  function isOfFacet(key: string, added: readonly string[]): boolean {
    const facetOf = (name: string) => (name.startsWith('attribution.') ? name.split('.').slice(0, 2).join('.') : name)
    return added.some((name) => facetOf(name) === facetOf(key))
  }
})

/** Codes of which the audit may say otherwise than what was stamped, each with its reason. */
const MAY_DIFFER: MayDiffer = {
  chain_truncated:
    'a stamp states the chain that the span has from an unrecognized span above, or from two asAgent calls',
}

type MayDiffer = Readonly<Partial<Record<FindingCode, string>>>

/**
 * A live-only finding that a declaration allowed is not stamped, so that the audit knows nothing of it; and to allow
 * what may differ makes one verdict declared and not the other.
 */
function isHidden(one: Told[string] | undefined, mayDiffer: MayDiffer): boolean {
  return one?.allowed.some((code) => findingEntry(code).live !== undefined || mayDiffer[code] !== undefined) === true
}

function comparable(one: Told[string] | undefined, mayDiffer: MayDiffer): unknown {
  return {
    verdict: one?.verdict,
    complete: one?.complete,
    findings: one?.findings.filter((code) => mayDiffer[code] === undefined),
  }
}

/** The spans of which the two judgements differ, with both. */
function differences(again: Told, first: Told, mayDiffer = MAY_DIFFER): readonly unknown[] {
  const names = [...new Set([...Object.keys(again), ...Object.keys(first)])]
  return names
    .filter((name) => ![first[name], again[name]].some((one) => isHidden(one, mayDiffer)))
    .map((name) => ({ name, again: comparable(again[name], mayDiffer), first: comparable(first[name], mayDiffer) }))
    .filter((pair) => JSON.stringify(pair.again) !== JSON.stringify(pair.first))
}

describe('a trace that was stamped and is judged again', () => {
  it('says what it said', () => {
    fc.assert(
      fc.property(anyTrace.map(whole), anyPolicy, (spans, policy) => {
        const first = told(judgeAll(spans, policy))
        const again = told(judgeAll(stampedTrace(spans, policy), policy))
        expect(differences(again, first)).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })

  it('may be stamped and judged any number of times', () => {
    fc.assert(
      fc.property(anyTrace, anyPolicy, (spans, policy) => {
        const once = stampedTrace(spans, policy)
        expect(
          differences(told(judgeAll(stampedTrace(once, policy), policy)), told(judgeAll(once, policy)), {}),
        ).toEqual([])
      }),
      RUNS,
    )
  })
})

describe('a live process and the audit of what it stamped', () => {
  const bound: fc.Arbitrary<Attribution> = fc.record(
    {
      principal: fc.constantFrom(
        { id: 'kai', type: 'human' as const },
        { id: 'lea' },
        { id: 'ops', type: 'service' as const },
      ),
      intent: fc.constantFrom({ id: 'i1', summary: 's1' }, { summary: 's2' }),
      authority: fc.constantFrom({ id: 'g1' }, { id: 'g2', expiresAt: isoAt(0) }),
      context: fc.constantFrom({ id: 'mail', credential: { id: 'k1' } }, { id: 'kai' }),
      decision: fc.constantFrom({ outcome: 'allow' as const }, { outcome: 'deny' as const }),
      correlationId: fc.constantFrom('c1', 'c2'),
    },
    { requiredKeys: [] },
  )
  const AGENTS: readonly BoundAgent[] = [
    { actor: { id: 'a' } },
    { actor: { id: 'b', name: 'B' } },
    { actor: { name: 'c' } },
  ]
  const carried = fc.constantFrom(
    {
      attribution: { principal: { id: 'kai' }, actorChain: ['x'], correlationId: 'c1' },
      assurance: 'claimed' as const,
    },
    { attribution: { principal: { id: 'lea' }, intent: { id: 'i1' } }, assurance: 'asserted' as const },
  )

  /** What is bound nests: a span keeps what was bound around its parent, or binds more. */
  const deeper = fc.record({
    more: bound,
    agent: fc.option(fc.constantFrom(...AGENTS), { freq: 4 }),
    isBinding: fc.boolean(),
  })

  const live = fc.record({
    sketches: sketchedTree,
    steps: fc.array(deeper, { minLength: 9, maxLength: 9 }),
    carried: fc.option(carried, { freq: 3 }),
  })

  const LIVE_MAY_DIFFER: MayDiffer = {
    ...MAY_DIFFER,
    correlation_changed: 'an unrecognized span shows nobody what was bound around it',
    confusable_identity: 'a running span knows the identities on it and above it, and not those beside and below it',
    record_conflict: 'only a recording can say something twice',
  }

  type Live = typeof live extends fc.Arbitrary<infer T> ? T : never

  function resolvedLive(
    spans: readonly SpanShape[],
    { sketches, steps, carried: brought }: Live,
    policy: Policy,
    spoken?: Spoken,
  ): readonly SpanInTrace[] {
    const bindings: Binding[] = []
    const below: Lineage[] = []
    return spans.map((span, index) => {
      const above = (sketches[index] as Sketch).parent
      const outer: Binding = bindings[above] ?? {
        bound: {},
        agents: [],
        acting: false,
        ...(brought === null ? {} : { carried: brought }),
      }
      const step = steps[index]
      const binding: Binding =
        step === undefined || !step.isBinding
          ? outer
          : {
              ...outer,
              bound: { ...outer.bound, ...step.more },
              agents: step.agent === null ? outer.agents : [...outer.agents, { actor: step.agent.actor }],
              acting: outer.acting || step.agent !== null,
            }
      bindings.push(binding)
      const resolved = resolveSpan({
        span,
        lineage: below[above] ?? lineageFrom('root', spoken),
        policy,
        live: { binding },
      })
      noteInTree(resolved)
      below.push(resolved.childLineage)
      return { span, resolved }
    })
  }

  it('say the same wherever both can know', () => {
    fc.assert(
      fc.property(live, anyPolicy, ({ sketches, steps, carried: brought }, policy) => {
        const spans = whole(spansIn(sketches))
        // A span ends after those below it, and so knows what they said of it.
        const spoken = new Spoken()
        for (const { resolved } of resolvedLive(spans, { sketches, steps, carried: brought }, policy)) {
          tellFrom(resolved, () => spoken)
        }
        const judge = createJudge(policy)
        const first: Record<string, Told[string]> = {}
        const stamped = resolvedLive(spans, { sketches, steps, carried: brought }, policy, spoken).map(
          ({ span, resolved }) => {
            if (resolved.kind === undefined) return span
            const judgement = judge(resolved)
            first[span.name] = judgement
            return stampedWith(span, resolved, judgement)
          },
        )
        const again = told(judgeAll(stamped, policy))
        expect(differences(again, first, LIVE_MAY_DIFFER)).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })
})
