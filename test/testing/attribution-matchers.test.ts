import { SpanKind, trace } from '@opentelemetry/api'
import { expect as jestExpect } from 'expect'
import { afterEach, describe, expect, it } from 'vitest'
import { asAgent, onBehalfOf, via } from '../../src/index.ts'
import { resetProcessState } from '../../src/runtime/health/process-state.ts'
import { attributionMatchers, JudgedSpans } from '../../src/testing.ts'
import type { AttributionMatchers, ExpectedAttribution } from '../../src/testing.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from '../runtime/provider.ts'

expect.extend(attributionMatchers)
jestExpect.extend(attributionMatchers)

const KAI = { id: 'kai@contoso.com', type: 'human', issuer: 'https://id.contoso.com' } as const
const EXPECTED: ExpectedAttribution = { principal: 'kai@contoso.com', actor: 'report-assistant' }
const POST = { kind: SpanKind.CLIENT, attributes: { 'http.request.method': 'POST', 'url.full': 'http://mail/send' } }

/** What is exported where an agent's tool sends a mail. */
function judgedMail({ principal = KAI, actor = 'report-assistant', policy = {} }: Partial<Mail> = {}) {
  const judged = new JudgedSpans({ policy })
  tracing([judged])
  const tracer = trace.getTracer('app')
  const send = () => inSpan(tracer, 'POST', POST, () => {})
  const tool = () => inSpan(tracer, 'sendMail', { attributes: TOOL }, () => via('mail-connector', send))
  const agent = () => inSpan(tracer, 'assist', { attributes: AGENT }, tool)
  onBehalfOf({ principal, intent: { id: 'task-7', summary: 'send the report' } }, () => asAgent(actor, agent))
  return judged.spans()
}

interface Mail {
  readonly principal: { readonly id: string; readonly type: 'human' }
  readonly actor: string
  readonly policy: object
}

afterEach(() => {
  silence()
  resetProcessState()
})

/** Without a cast below: what the import of the matcher declares holds for both. */
type Expect = (spans: unknown) => AttributionMatchers & { readonly not: AttributionMatchers }

describe.each<[string, Expect]>([
  ['vitest', expect],
  ['jest', jestExpect],
])('toBeAttributed in %s', (_, expectSpans) => {
  /** Its complaint; where it has none, the test fails. */
  const complaint = (spans: unknown, expected: unknown = EXPECTED, isNot = false): string => {
    try {
      const assertion = expectSpans(spans)
      const asked = isNot ? assertion.not : assertion
      asked.toBeAttributed(expected as ExpectedAttribution)
    } catch (error) {
      return (error as Error).message
    }
    throw new Error('it passed')
  }

  const passes = (spans: unknown, expected: unknown = EXPECTED) =>
    expectSpans(spans).toBeAttributed(expected as ExpectedAttribution)

  it.each<[string, ExpectedAttribution]>([
    ['the principal and the actor', EXPECTED],
    ['an id in another spelling', { ...EXPECTED, principal: 'mailto:Kai@Contoso.com ' }],
    ['an issuer', { ...EXPECTED, principal: { id: 'kai@contoso.com', issuer: 'https://id.contoso.com' } }],
    ['the context of the effect', { ...EXPECTED, context: 'mail-connector' }],
    ['the id of the intent', { ...EXPECTED, intent: 'task-7' }],
    ['the summary of the intent', { ...EXPECTED, intent: 'send the report' }],
    [
      'asymmetric matchers',
      { principal: expect.any(String), actor: expect.anything(), intent: expect.stringContaining('report') },
    ],
    ['the verdict', { ...EXPECTED, verdict: 'separated' }],
    ['one of several verdicts', { ...EXPECTED, verdict: ['separated', 'unknown'] }],
    ['no findings', { ...EXPECTED, findings: [] }],
  ])('passes with %s', (_, expected) => {
    passes(judgedMail(), expected)
    expect(complaint(judgedMail(), expected, true)).toBe(
      'toBeAttributed: all of the agent spans (3) are attributed like this, which .not rules out',
    )
  })

  it.each<[string, Partial<ExpectedAttribution>, string, number]>([
    ['principal', { principal: 'lea@contoso.com' }, 'principal: "kai@contoso.com" of "https://id.contoso.com"', 3],
    [
      'issuer of the principal',
      { principal: { id: 'kai@contoso.com', issuer: 'https://id.fabrikam.com' } },
      'principal: "kai@contoso.com" of "https://id.contoso.com", expected {"id":"kai@contoso.com"',
      3,
    ],
    ['actor', { actor: 'planner' }, 'actor: "report-assistant", expected "planner"', 2],
    ['context', { context: 'crm' }, 'context: "mail-connector", expected "crm"', 1],
    ['intent', { intent: 'lead' }, 'intent: "send the report", "task-7", expected "lead"', 2],
    ['matcher', { actor: expect.stringContaining('plan') }, 'expected StringContaining plan', 2],
    ['verdict', { verdict: 'declared' }, 'verdict: "separated", expected declared', 3],
  ])('fails with another %s, and names each span that differs', (_, other, line, count) => {
    const message = complaint(judgedMail(), { ...EXPECTED, ...other })
    expect(message).toContain(line)
    expect(message).toContain(`toBeAttributed: ${count} of 3 agent spans differ:\n\n  effect "POST" (span `)
    expect(message.match(/\(span [0-9a-f]{16}, trace [0-9a-f]{32}\)/gu)).toHaveLength(count)
    expectSpans(judgedMail()).not.toBeAttributed({ ...EXPECTED, ...other })
  })

  it('tells what was found with its severity, and its fix once', () => {
    const message = complaint(judgedMail({ actor: 'kai@contoso.com' }), { ...EXPECTED, actor: 'kai@contoso.com' })
    expect(message.match(/verdict: "collapsed", expected separated or declared/gu)).toHaveLength(3)
    expect(message.match(/finding principal_is_actor \(critical\): Principal and actor are the same/gu)).toHaveLength(3)
    expect(message.match(/fix: Give the agent its own identity with asAgent/gu)).toHaveLength(1)
  })

  it('accepts the findings that are expected, and asks for each of them', () => {
    const expected = { principal: 'kai@contoso.com', actor: 'kai@contoso.com', verdict: 'collapsed' } as const
    const spans = judgedMail({ actor: 'kai@contoso.com' })
    passes(spans, { ...expected, findings: ['principal_is_actor'] })
    expect(complaint(spans, expected)).toContain('3 of 3 agent spans differ')
    expect(complaint(spans, { ...expected, findings: ['principal_is_actor', 'self_approved'] })).toBe(
      'toBeAttributed: no span has the finding self_approved',
    )
  })

  it('knows the aliases and severities of the policy in force', () => {
    const policy = { aliases: { cm8x2k: 'kai@contoso.com' }, severities: { missing_intent: 'critical' } }
    passes(judgedMail({ principal: { id: 'cm8x2k', type: 'human' }, policy }))
    const unsaid = judgedMail({ policy }).map((span) => withFindings(span, ['missing_intent']))
    expect(complaint(unsaid)).toContain('finding missing_intent (critical): ')
    passes(judgedMail().map((span) => withFindings(span, ['missing_intent'])))
  })

  it('compares the name of an actor that has no id', () => {
    const byName = ({ attributes, ...span }: Plain) => ({
      ...span,
      attributes: { ...attributes, 'attribution.actor.id': undefined, 'attribution.actor.name': 'Report-Assistant' },
    })
    expect(() => passes(judgedMail().map(plain).map(byName))).not.toThrow()
  })

  it('passes over spans that belong to no agent', () => {
    const judged = new JudgedSpans()
    const { tracer } = tracing([judged])
    inSpan(tracer, 'GET /health', {}, () => {})
    const health = judged.spans()
    expect(health).toHaveLength(1)
    passes([...health, ...judgedMail()])
  })

  it('fails where nothing was done', () => {
    const noAct = judgedMail().filter(({ name }) => name === 'assist')
    expect(complaint(noAct)).toBe('toBeAttributed: no agent span is a tool or an effect: nothing was done')
    expectSpans(noAct).not.toBeAttributed(EXPECTED)
  })

  const hostile = new Proxy([], {
    get: () => {
      throw new Error('hostile')
    },
  })
  const unjudged = { attributes: {}, name: 'GET', spanContext: () => ({ traceId: 'a', spanId: 'b' }) }
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'it takes an array of spans, such as judged.spans(), and got undefined'],
    ['a promise', Promise.resolve([]), 'and got [object Promise]'],
    ['one span', unjudged, 'and got [object Object]'],
    ['no spans', [], 'there are no spans. Have they ended, and is JudgedSpans among the span processors?'],
    ['entries that are no spans', [unjudged, null], "entry 1 of the array isn't a span but null"],
    ['spans of no agent', [unjudged], "Is the telemetry of the agent's framework enabled?"],
    ['what throws', hostile, 'cannot be read'],
    [
      'a span that throws',
      [
        {
          get attributes() {
            throw new Error('hostile')
          },
        },
      ],
      'cannot be read',
    ],
  ])('fails on %s, and so does its negation', (_, spans, reason) => {
    expect(complaint(spans)).toContain(reason)
    expect(complaint(spans, EXPECTED, true)).toContain(reason)
  })

  it.each<[unknown, string]>([
    [null, 'it takes an object: { principal, actor }'],
    [{ principal: 'kai@contoso.com' }, 'actor has to be an id, { id, issuer } or an asymmetric matcher'],
    [{ ...EXPECTED, principal: undefined }, 'principal has to be an id'],
    [{ ...EXPECTED, principal: { id: undefined } }, 'principal has to be an id'],
    [{ ...EXPECTED, context: undefined }, 'context has to be an id'],
    [{ ...EXPECTED, intent: '' }, 'intent has to be a text'],
    [{ ...EXPECTED, verdict: 'seperated' }, 'verdict has to be one or more of separated, declared'],
    [{ ...EXPECTED, verdict: [] }, 'verdict has to be one or more of separated, declared'],
    [{ ...EXPECTED, findings: ['colapsed'] }, 'findings has to be a list of codes of findings'],
    [{ ...EXPECTED, actors: [] }, 'actors is unknown; it takes principal, actor, context'],
    [{ ...EXPECTED, toString: 'a' }, 'toString is unknown'],
  ])('refuses to expect %j, and so does its negation', (expected, reason) => {
    expect(complaint(judgedMail(), expected)).toContain(reason)
    expect(complaint(judgedMail(), expected, true)).toContain(reason)
  })
})

type Span = ReturnType<typeof judgedMail>[number]
type Plain = ReturnType<typeof plain>

function plain(span: Span) {
  const { name, attributes, parentSpanContext } = span
  return { name, attributes, parentSpanContext, spanContext: () => span.spanContext() }
}

function withFindings(span: Span, findings: readonly string[]) {
  return { ...plain(span), attributes: { ...span.attributes, 'attribution.findings': findings } }
}
