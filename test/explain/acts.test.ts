import { describe, expect, it } from 'vitest'
import { explain, sentenceOf } from '../../src/explain/explanation.ts'
import type { Explanation } from '../../src/explain/explanation.ts'
import { FACETS } from '../../src/model/attribution.ts'
import { FINDING_CODES, findingEntry } from '../../src/model/finding.ts'
import type { Facet } from '../../src/model/attribution.ts'
import { UNREADABLE_STATUS } from '../../src/model/span.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { agent, ASKED, client, failed, isoAt, judged, spansOf, spanWith, tool } from '../judge/spans.ts'
import type { GivenAttributes, SpanSpec } from '../judge/spans.ts'

const POLICY = createPolicy({})

function explained(trace: SpanSpec | readonly SpanSpec[]): Explanation {
  return explain(spansOf(trace), POLICY)
}

function clause(facet: Facet, trace: SpanSpec | readonly SpanSpec[]): string | undefined {
  return explained(trace).clauses.find((one) => one.facet === facet)?.text
}

function isProven(facet: Facet, trace: SpanSpec | readonly SpanSpec[]): boolean | undefined {
  return explained(trace).clauses.find((one) => one.facet === facet)?.proven
}

const EXPIRED: GivenAttributes = {
  'authority.id': 'g-1',
  'authority.type': 'oauth',
  'authority.expires_at': isoAt(-50_000),
}
const ALLOWED: GivenAttributes = { 'decision.outcome': 'allow', 'decision.policy.id': 'p' }
const LATE: GivenAttributes = { ...ALLOWED, 'decision.at': isoAt(90_000) }
const CLAIMED: GivenAttributes = { 'principal.id': 'kai@contoso.com', 'principal.assurance': 'claimed' }
const OPS: GivenAttributes = { 'principal.id': 'ops-team', 'principal.type': 'organization' }
const AUTONOMOUS: GivenAttributes = { ...OPS, 'declaration.type': 'autonomous', 'declaration.trigger': 'nightly run' }

describe('who asked', () => {
  const CASES: readonly (readonly [string, SpanSpec | readonly SpanSpec[], string])[] = [
    [
      'is told for each act, where they differ',
      [agent('a', ASKED, tool('search')), agent('b', { ...ASKED, 'principal.id': 'lee' }, tool('pay'))],
      'kai@contoso.com asked for search and lee asked for pay',
    ],
    [
      'is told with how often, where acts have one name',
      [
        agent('a', ASKED, tool('t'), tool('t')),
        agent('b', { ...ASKED, 'principal.id': 'lee' }, tool('t')),
        agent('c', { ...ASKED, 'principal.id': 'mia' }, tool('t')),
      ],
      'kai@contoso.com asked for t (2 of 4 times), and lee and mia asked for t (1 of 4 times each)',
    ],
    [
      'leaves no one out who stands behind an act',
      Array.from({ length: 9 }, (_, at) => agent('a', { ...ASKED, 'principal.id': `u${at}` }, tool(`t${at}`))),
      'u0 asked for t0, u1 asked for t1, u2 asked for t2, u3 asked for t3, u4 asked for t4, u5 asked for t5, u6 asked for t6, u7 asked for t7 and u8 asked for t8',
    ],
    [
      'is told of each run, where only one did something',
      [agent('a', ASKED, tool('t')), agent('b', { ...ASKED, 'principal.id': 'lee' })],
      'kai@contoso.com and lee asked',
    ],
    [
      'is told of what is around the acts too, where not all of them are for the same',
      agent('a', ASKED, ...['u', 'v'].map((id) => tool(id, { 'principal.id': id, 'authority.id': id }))),
      'kai@contoso.com asked for the rest, u asked for u and v asked for v',
    ],
    [
      'is told with who gave the id, where two gave it',
      ['id.a', 'id.b'].map((issuer) => agent('a', { ...ASKED, 'principal.issuer': issuer })),
      'kai@contoso.com of id.a and kai@contoso.com of id.b asked',
    ],
    [
      'is as sure for an act as the act says, and no surer than any part of it',
      agent('a', ASKED, tool('search'), tool('wire', CLAIMED), tool('mail', client('POST', CLAIMED))),
      'kai@contoso.com asked for search, and kai@contoso.com (claimed) asked for wire and mail',
    ],
    [
      'says what only trace context ties to someone',
      agent('a', ASKED, tool('wire', { ...CLAIMED, 'principal.source': 'trace' })),
      'kai@contoso.com (by trace context) asked',
    ],
    [
      'is whoever the work was for, and not whom an inner span names',
      agent('a', ASKED, tool('search'), agent('b', { 'principal.id': 'cfo' }, tool('pay', client('POST')))),
      'kai@contoso.com asked for search, and it is not proven for pay (the principal changed from kai@contoso.com to cfo, and no hand-over is recorded)',
    ],
    [
      'is not proven by what is below a change either, and not by another part of the act',
      agent(
        'a',
        ASKED,
        tool('pay', client('POST', { 'principal.id': 'cfo' }), client('PUT', { 'principal.id': 'cfo' })),
      ),
      'kai@contoso.com asked, which is not proven for pay (the principal changed from kai@contoso.com to cfo, and no hand-over is recorded)',
    ],
    [
      'is the one to whom the work was handed over',
      agent('a', ASKED, tool('search'), agent('b', { 'principal.id': 'cfo', 'authority.id': 'm-1' }, tool('pay'))),
      'kai@contoso.com asked for search and cfo asked for pay',
    ],
    [
      'is told apart from who answers for an autonomous run beside it',
      [agent('a', ASKED, tool('search')), agent('b', { ...ASKED, ...AUTONOMOUS }, tool('clean'))],
      'kai@contoso.com asked for search and ops-team answers for the autonomous run of clean, set off by nightly run',
    ],
    [
      'is told apart from who answers, where neither did anything',
      [agent('a', ASKED), agent('b', { ...ASKED, ...AUTONOMOUS })],
      'kai@contoso.com asked and ops-team answers for an autonomous run in it, set off by nightly run',
    ],
    [
      'is still who asked, where a span within calls itself autonomous',
      agent('a', ASKED, agent('b', { 'declaration.type': 'autonomous', 'declaration.owner': 'ops' }, tool('clean'))),
      'kai@contoso.com asked',
    ],
    [
      'is not proven for an undeclared run',
      agent('a', { ...ASKED, 'principal.id': 'a', 'principal.type': 'agent', 'actor.id': 'a' }, tool('t')),
      'who asked is not proven (undeclared autonomous run)',
    ],
    [
      'is not software beside a person',
      [
        agent('a', ASKED, tool('t')),
        agent('b', { ...ASKED, 'principal.id': 'cron', 'principal.type': 'service' }, tool('u')),
      ],
      'kai@contoso.com asked for t and cron started it for u',
    ],
  ]
  it.each(CASES)('%s', (_, trace, says) => expect(clause('principal', trace)).toBe(says))
})

it('who asked is marked where policy asks for more', () => {
  const policy = createPolicy({ assurance: { principal: 'verified' } })
  expect(sentenceOf(explain(spansOf(agent('a', ASKED)), policy))).toContain('kai@contoso.com (only asserted) asked; ')
})

describe('what acted, through what and why', () => {
  it('is told for each act', () => {
    const trace = agent(
      'planner',
      ASKED,
      tool('search', { 'context.id': 'web' }),
      tool('ask', agent('mailer', tool('send'))),
    )
    expect(clause('actor', trace)).toBe(
      'planner (inferred) acted in search and ask, and planner → mailer (inferred) acted in send',
    )
    expect(clause('context', trace)).toBe('through web for search, and through ask (inferred) and send (inferred)')
  })
  it('does not lend one act the login of another', () => {
    const login = { 'context.id': 'crm', 'context.credential.id': 'k-1', 'context.credential.type': 'own' }
    expect(clause('context', agent('a', ASKED, tool('t', login), tool('u', { 'context.id': 'mail' })))).toBe(
      'through crm with credential k-1 for t and through mail for u',
    )
  })
  it('does not name a login that is a placeholder', () => {
    const login = { 'context.id': 'crm', 'context.credential.subject': 'unknown' }
    expect(clause('context', agent('a', ASKED, tool('t', login)))).toBe(
      'through what is not proven (placeholder instead of an identity)',
    )
  })
  it('tells an intent that was derived, and doubts one that was not', () => {
    const paying = (more: GivenAttributes) =>
      agent('a', ASKED, tool('t'), agent('b', { 'intent.summary': 'pay the bill', ...more }, tool('pay')))
    expect(clause('intent', paying({ 'intent.parent_id': 'intent-1' }))).toBe(
      'to send the weekly report to the board for t and to pay the bill for pay',
    )
    expect(clause('intent', paying({}))).toBe(
      'to send the weekly report to the board for t, and it is not proven for pay (the intent changed along the way)',
    )
  })
  it('says what is only inferred although policy asks for more', () => {
    const policy = createPolicy({ profile: 'strict' })
    const trace = agent('a', ASKED, tool('t', client('e', { 'server.address': 'crm.example' })))
    expect(sentenceOf(explain(spansOf(trace), policy))).toContain(
      '; through what is not proven (crm.example is only inferred); ',
    )
  })
})

describe('a grant', () => {
  it.each([
    [
      'of one act covers no other',
      agent('a', ASKED, tool('pay', { 'authority.id': 'g-2' }), tool('t')),
      'under g-2 for pay',
    ],
    [
      'that had expired covers nothing',
      agent('a', ASKED, tool('pay', EXPIRED), tool('t')),
      'under what authority is not proven (oauth g-1 had expired)',
    ],
    [
      'of the whole run that had expired covers nothing',
      agent('a', { ...ASKED, ...EXPIRED }, tool('pay', client('POST'))),
      'under what authority is not proven (oauth g-1 had expired)',
    ],
    [
      'that had expired does not spoil that of another act',
      agent('a', ASKED, tool('pay', EXPIRED), tool('t', { 'authority.id': 'g-2' })),
      'under g-2 for t, and it is not proven for pay (oauth g-1 had expired)',
    ],
    [
      'of one of two effects is not one of the whole act',
      agent('a', ASKED, tool('pay', client('POST', { 'authority.id': 'g-2' }), client('PUT'))),
      'under g-2 for part of what was done',
    ],
    ['of all acts is told once', agent('a', { ...ASKED, 'authority.id': 'g-2' }, tool('pay'), tool('t')), 'under g-2'],
    ['is told of a run without acts', agent('a', { ...ASKED, 'authority.id': 'g-2' }), 'under g-2'],
  ])('%s', (_, trace, says) => expect(clause('authority', trace)).toBe(says))
})

describe('a decision', () => {
  it.each([
    ['that came after the act says so', agent('a', ASKED, tool('pay', LATE)), 'policy p allowed only after the act'],
    [
      'that came late for one act is told apart',
      agent('a', ASKED, tool('pay', LATE), tool('t', ALLOWED)),
      'policy p allowed pay only after the act and policy p allowed t',
    ],
    [
      'that came late for the effect is late for the act',
      agent('a', ASKED, tool('pay', client('POST', LATE))),
      'policy p allowed only after the act',
    ],
    [
      'that was approved late says so',
      agent('a', ASKED, tool('pay', { ...LATE, 'decision.outcome': 'escalate', 'decision.approver.id': 'lee' })),
      'policy p escalated only after the act (approved by lee)',
    ],
    [
      'on one of two effects is not one on the whole',
      agent('a', ASKED, tool('pay', client('POST', ALLOWED), client('PUT')), tool('t', ALLOWED)),
      'policy p allowed part of pay and policy p allowed t',
    ],
    [
      'on one of two effects of all that was done is one on part of it',
      agent('a', ASKED, tool('pay', client('POST', ALLOWED), client('PUT'))),
      'policy p allowed part of what was done',
    ],
    [
      'that the actor approved proves nothing',
      agent('a', ASKED, tool('pay', { ...ALLOWED, 'decision.approver.id': 'a' })),
      'policy p allowed (approved by a), which is not proven (approved by whoever acted or asked)',
    ],
  ])('%s', (_, trace, says) => {
    expect(clause('decision', trace)).toBe(says)
    expect(isProven('decision', trace)).toBe(false)
  })
})

describe('what cannot be read', () => {
  it('of a grant or a decision leaves it unproven', () => {
    const grant = { 'authority.id': 'g-1', 'authority.type': 'oauth', 'authority.expires_at': 'soon' } as const
    const trace = agent('a', ASKED, tool('pay', { ...grant, ...ALLOWED, 'decision.at': 'soon' }))
    expect(clause('authority', trace)).toBe('under what authority is not proven (part of it cannot be read)')
    expect(clause('decision', trace)).toBe('policy p allowed, which is not proven (part of it cannot be read)')
    expect(isProven('decision', trace)).toBe(false)
  })
  it('of what policy decided is told, and nothing that was handed down stands for it', () => {
    const REJECTED = { 'decision.outcome': 'rejected' }
    const says = 'no policy decision that can be read is recorded'
    expect(clause('decision', agent('a', ASKED, tool('pay', REJECTED)))).toBe(says)
    const both = agent('a', ASKED, tool('pay', REJECTED), tool('t', ALLOWED))
    expect(clause('decision', both)).toBe('policy p allowed t, and no decision that can be read is recorded for pay')
    expect(judged(agent('a', ASKED, tool('pay', ALLOWED, client('POST', REJECTED))))('POST').decision).toBeUndefined()
  })
  it('of an assurance makes a claim', () => {
    const trace = agent(
      'a',
      ASKED,
      tool('pay', { ...EXPIRED, 'authority.expires_at': undefined, 'authority.assurance': ['asserted'] }),
    )
    expect(clause('authority', trace)).toBe('under oauth g-1 (claimed)')
  })
})

describe('the words of an intent', () => {
  it.each(['mail it for pay', 'ask and pay', 'pay bills confirmed by cfo'])('are in quotes: %s', (intent) => {
    const asked = { ...ASKED, 'intent.id': undefined, 'intent.summary': intent }
    expect(clause('intent', agent('a', asked, tool('pay'), tool('mail')))).toContain(`"${intent}"`)
  })
  it('are themselves where they name no act', () => {
    const asked = { ...ASKED, 'intent.id': undefined, 'intent.summary': 'pay for lunch and dinner' }
    expect(clause('intent', agent('a', asked, tool('pay'), tool('mail')))).toBe('to pay for lunch and dinner')
  })
})

describe('the result', () => {
  const stated = { outcome: 'success', 'resource.id': 'order-7' }
  it.each([
    [
      'is not a success that the status contradicts',
      agent('a', ASKED, failed(tool('pay', stated))),
      'pay failed on order-7 by its status, though success is stated',
    ],
    [
      'is not a success beside the type of an error',
      agent('a', ASKED, client('POST', { ...stated, 'error.type': '500' })),
      'POST failed on order-7 by its error.type, though success is stated',
    ],
    [
      'in an act is contradicted too',
      agent('a', ASKED, tool('pay', failed(client('POST', { outcome: 'success' })))),
      'pay succeeded and POST in it failed by its status, though success is stated',
    ],
    [
      'of a run is contradicted too',
      failed(agent('a', { ...ASKED, outcome: 'success' })),
      'the run failed by its status, though success is stated, and no tool call or effect is recorded',
    ],
  ])('%s', (_, trace, says) => {
    expect(clause('outcome', trace)).toBe(says)
    expect(isProven('outcome', trace)).toBe(false)
  })
  it.each([
    ['a word that is no outcome', { attributes: { 'attribution.outcome': 'blocked' } }],
    ['a list in place of one', { attributes: { 'attribution.outcome': ['failure'] } }],
    ['a status that cannot be read', { status: { code: UNREADABLE_STATUS } }],
    ['an end that was not recorded', { endTime: [0, 0] as const }],
  ])('is not known from %s', (_, { attributes, ...change }: Partial<SpanShape>) => {
    const spans = spansOf(agent('a', ASKED, tool('pay', {}))).map((span) =>
      span.name === 'pay' ? { ...span, ...change, attributes: { ...span.attributes, ...attributes } } : span,
    )
    expect(sentenceOf(explain(spans, POLICY))).toContain('pay ended in a way that is not known')
  })
  it('is as stated where nothing contradicts it', () => {
    expect(clause('outcome', agent('a', ASKED, tool('pay', stated)))).toBe('pay succeeded on order-7')
    expect(clause('outcome', agent('a', ASKED, failed(tool('pay', { outcome: 'denied' }))))).toBe('pay was denied')
  })

  const twice = (change: (span: SpanShape) => SpanShape, trace: SpanSpec) => {
    const spans = spansOf(trace)
    return explain([...spans, ...spans.map(change)], POLICY)
  }
  const WORK = agent('a', ASKED, tool('t', ALLOWED, client('POST')), tool('u'))
  it('of what was delivered twice is that of what was done once', () => {
    const once = explained(WORK)
    const again = twice((span) => ({ ...span }), WORK)
    expect(sentenceOf(again)).toBe(sentenceOf(once))
    expect(again.chain).toHaveLength(once.chain.length)
  })
  it('counts what was delivered twice once, where one record says more than the other', () => {
    const fuller = (span: SpanShape) => ({ ...span, attributes: { ...span.attributes, collector: 'b' } })
    expect(sentenceOf(twice(fuller, WORK))).toBe(sentenceOf(explained(WORK)))
    expect(sentenceOf(twice(fuller, agent('a', ASKED)))).toContain('; the run succeeded, and no tool')
  })
  it('is told twice where two records of one act differ in it', () => {
    const { clauses } = twice((span) => ({ ...span, status: { code: 2 } }), agent('a', ASKED, tool('t')))
    expect(clauses.at(-1)?.text).toBe('t succeeded and t failed')
  })
  it('is told first of what did not go well, where not all fits', () => {
    const some = Array.from({ length: 6 }, (_, at) => tool(`t${at}`))
    expect(clause('outcome', agent('a', ASKED, ...some, failed(tool('wire'))))).toBe(
      'wire failed, t0 succeeded, t1 succeeded, t2 succeeded and 3 more',
    )
  })
  it('of two calls is still that of two', () => {
    expect(clause('outcome', agent('a', ASKED, tool('t'), tool('t')))).toBe('t succeeded (2 times)')
  })
})

describe('a finding', () => {
  const live = (code: string) => ({ findings: [code] })
  it('spoils the clauses that its row of the table names, of its span alone', () => {
    const whole = { ...ASKED, ...ALLOWED, 'authority.id': 'g-2', 'context.id': 'crm', 'actor.id': 'a' }
    for (const code of FINDING_CODES.filter((one) => findingEntry(one).live !== undefined)) {
      const { clauses } = explained(agent('a', whole, tool('t', { ...whole, ...live(code) }), tool('u', whole)))
      const spoiled = clauses.filter(({ proven }) => !proven).map(({ facet }) => facet)
      expect([code, ...spoiled]).toEqual([
        code,
        ...clauses.map(({ facet }) => facet).filter((facet) => findingEntry(code).spoils.includes(facet)),
      ])
      expect(clauses.filter(({ text, proven }) => proven === text.includes(' not proven'))).toEqual([])
    }
  })
  it('of everything that was written on a span leaves nothing of it proven', () => {
    expect(findingEntry('attribution_rewritten').spoils).toEqual(FACETS)
  })
  it('that only a change handed down goes with what it changed', () => {
    const changed = FINDING_CODES.filter((code) => findingEntry(code).spoilsBelow === true)
    expect(changed).toEqual(['chain_truncated', 'intent_changed', 'principal_changed'])
  })
  it('names its span where nothing was done', () => {
    expect(clause('principal', [agent('a', ASKED), spanWith({}, agent('b', { 'intent.summary': 'x' }))])).toBe(
      'kai@contoso.com asked, which is not proven for 1 of 2 spans (no principal)',
    )
  })
})

describe('what a decision point said', () => {
  const says = (told: GivenAttributes) =>
    clause('decision', agent('a', ASKED, tool('refund', { ...told, 'context.id': 'c' })))
  const DENIED: GivenAttributes = { 'decision.outcome': 'deny', 'decision.policy.id': 'p', would_deny: true }
  it('is told with a dry run, unless a stranger claims it', () => {
    expect(says(DENIED)).toBe('policy p denied, in a dry run that enforced nothing')
    expect(says({ ...DENIED, 'decision.assurance': 'claimed' })).toBe('policy p (claimed) denied')
  })
  it('is told apart from no decision where policy was not evaluated, without its text', () => {
    expect(says({ 'decision.unevaluated': 'x; lea approved' })).toBe(
      'no policy decision (policy was not evaluated) is recorded',
    )
    expect(says({})).toBe('no policy decision is recorded')
  })
  it('is not proven where it was about something else', () => {
    expect(says({ ...ALLOWED, 'decision.binding': 'a', 'action.binding': 'b' })).toBe(
      'policy p allowed, which is not proven (what was done is not what was decided)',
    )
  })
})
