import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { explain, sentenceOf } from '../../src/explain/explanation.ts'
import type { Explanation } from '../../src/explain/explanation.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { agent, ASKED, attributesOf, client, failed, spanWith, llm, plain, spansOf, tool } from '../judge/spans.ts'
import type { SpanSpec, GivenAttributes } from '../judge/spans.ts'

const POLICY = createPolicy({})

function explained(trace: SpanSpec | readonly SpanSpec[]): Explanation {
  return explain(spansOf(trace), POLICY)
}

function sentence(trace: SpanSpec | readonly SpanSpec[]): string {
  return sentenceOf(explained(trace))
}

const LOGIN: GivenAttributes = {
  'context.id': 'mail-connector',
  'context.credential.id': 'key-7',
  'context.credential.type': 'own',
  'context.credential.subject': 'svc-mail',
}

const WHOLE = agent(
  'report-assistant',
  { ...ASKED, 'actor.id': 'report-assistant', 'actor.version': '3' },
  tool('sendMail', { 'decision.outcome': 'allow', 'decision.policy.id': 'mail-7' }, client('POST', LOGIN)),
)

const POSTGRES: GivenAttributes = { 'db.system.name': 'postgresql', 'db.namespace': 'shop' }
const QUERY: GivenAttributes = { ...POSTGRES, 'db.query.text': 'INSERT INTO orders' }

describe('the sentence', () => {
  it('answers who asked, what acted, through what, why, under what authority and with what result', () => {
    expect(sentence(WHOLE)).toBe(
      'kai@contoso.com asked; report-assistant v3 acted; through mail-connector as svc-mail; ' +
        'to send the weekly report to the board; policy mail-7 allowed; sendMail succeeded.',
    )
  })
  it("says who checked an identity, which isn't the issuer that a token merely names for its actor", () => {
    const checked = {
      ...ASKED,
      'principal.issuer': 'https://login.example',
      'principal.assurance': 'verified',
      'actor.id': 'report-assistant',
      'actor.assurance': 'verified',
    }
    const by = (issuer: string) => sentence(agent('a', { ...checked, 'actor.issuer': issuer }))
    expect(by('https://login.example')).toContain('report-assistant (verified, login.example) acted')
    const other = by('https://agents.example')
    expect(other).toContain('kai@contoso.com (verified, login.example) asked')
    expect(other).toContain('report-assistant (verified) acted')
  })
  it('says of each clause that it is not proven, where nothing shows it', () => {
    expect(sentence(agent('', {}, tool('t')))).toBe(
      'who asked is not proven (no principal); what acted is not proven (no actor); ' +
        'through t (inferred); why is not proven (no intent); no policy decision is recorded; t succeeded.',
    )
  })
  it('says that there is nothing to attribute where no agent span is', () => {
    expect(sentence(plain('p'))).toBe('No agent span is recorded here, so there is nothing to attribute.')
  })

  const CASES: readonly {
    readonly title: string
    readonly trace: SpanSpec | readonly SpanSpec[]
    readonly says: string
  }[] = [
    {
      title: 'names the assurance of what is only claimed',
      trace: agent('a', { ...ASKED, 'principal.assurance': 'claimed' }),
      says: 'kai@contoso.com (claimed) asked',
    },
    {
      title: 'names the assurance of what is only inferred',
      trace: agent('a', { 'user.id': 'kai@contoso.com' }),
      says: 'kai@contoso.com (inferred) asked',
    },
    {
      title: 'goes by the surest witness where nothing was done',
      trace: agent('a', ASKED, agent('b', { 'principal.id': 'kai@contoso.com', 'principal.assurance': 'claimed' })),
      says: 'kai@contoso.com asked',
    },
    {
      title: 'does not say that a person acted whose name the agent bears',
      trace: agent('a', { ...ASKED, 'actor.id': 'kai@contoso.com' }),
      says: 'what acted is not proven (principal and actor are the same)',
    },
    {
      title: 'does not say through what an effect was done that ran as the user',
      trace: agent('a', ASKED, client('e', { 'context.id': 'kai@contoso.com' })),
      says: 'through what is not proven (the effect ran as the user)',
    },
    {
      title: 'does not take a placeholder for a principal',
      trace: agent('a', { ...ASKED, 'principal.id': 'unknown' }),
      says: 'who asked is not proven (placeholder instead of an identity)',
    },
    {
      title: 'says which spans do not prove what others do',
      trace: [agent('a', ASKED), agent('b', { 'intent.summary': 'send the weekly report to the board' })],
      says: 'kai@contoso.com asked, which is not proven for 1 of 2 spans (no principal)',
    },
    {
      title: 'names each principal',
      trace: [agent('a', ASKED), agent('b', { ...ASKED, 'principal.id': 'lee@contoso.com' })],
      says: 'kai@contoso.com and lee@contoso.com asked',
    },
    {
      title: 'takes two spellings of one principal for one',
      trace: [agent('a', ASKED), agent('b', { ...ASKED, 'principal.id': 'mailto:KAI@contoso.com' })],
      says: 'kai@contoso.com asked',
    },
    {
      title: 'shows the chain of actors once',
      trace: agent('planner', ASKED, tool('t', agent('mailer'))),
      says: 'planner → mailer (inferred) acted',
    },
    {
      title: 'names the owner of a declared run, whom nobody asked',
      trace: agent('a', {
        ...ASKED,
        'principal.id': 'ops-team',
        'principal.type': 'organization',
        'declaration.type': 'autonomous',
        'declaration.trigger': 'nightly schedule',
      }),
      says: 'ops-team answers for this autonomous run, set off by nightly schedule',
    },
    {
      title: 'names the owner of a declared run, and not the agent that is its own principal',
      trace: agent('a', {
        ...ASKED,
        'principal.id': 'nightly-cleanup',
        'principal.type': 'agent',
        'declaration.type': 'autonomous',
        'declaration.owner': 'ops-team',
      }),
      says: 'ops-team answers for this autonomous run',
    },
    {
      title: 'takes the name of the effect for the context, where nothing better is stated',
      trace: agent('a', ASKED, tool('t', client('e', { 'server.address': 'mail.example' }))),
      says: 'through mail.example (inferred)',
    },
    {
      title: 'names the credential where it logs in as nobody',
      trace: agent('a', ASKED, client('e', { 'context.id': 'crm', 'context.credential.id': 'key-9' })),
      says: 'through crm with credential key-9',
    },
    {
      title: 'names the assurance of a decision that others recorded',
      trace: agent(
        'a',
        ASKED,
        tool('t', { 'identity.authz.decision': 'deny', 'identity.authz.policy_id': 'p-1' }),
        tool('u'),
      ),
      says: 'policy p-1 (inferred) denied t, and no decision is recorded for u',
    },
    {
      title: 'names the assurance of a decision that is only claimed',
      trace: agent('a', ASKED, tool('t', { 'decision.outcome': 'allow', 'decision.assurance': 'claimed' })),
      says: 'policy (claimed) allowed',
    },
    {
      title: 'names the actions that a decision does not cover',
      trace: agent('a', ASKED, tool('t', { 'decision.outcome': 'allow', 'decision.policy.id': 'p-1' }), tool('u')),
      says: 'policy p-1 allowed t, and no decision is recorded for u',
    },
    {
      title: 'says how often, where one of several calls of a tool was decided on',
      trace: agent('a', ASKED, tool('t', { 'decision.outcome': 'deny' }), tool('t'), tool('t'), tool('u')),
      says: 'policy denied t (1 of 3 times), and no decision is recorded for t (2 of 3 times) and u',
    },
    {
      title: 'says for what no decision was required',
      trace: agent('a', ASKED, tool('t', { 'decision.outcome': 'not_required' }), tool('u')),
      says: 'policy required no decision for t, and no decision is recorded for u',
    },
    {
      title: 'tells one decision once, as fully as any span has it',
      trace: agent(
        'a',
        ASKED,
        tool(
          't',
          { 'decision.outcome': 'allow' },
          client('e', { 'decision.outcome': 'allow', 'decision.policy.id': 'p', 'decision.approver.id': 'lee' }),
          client('f', { 'decision.outcome': 'allow', 'decision.policy.id': 'p', 'decision.assurance': 'claimed' }),
        ),
      ),
      says: 'policy p allowed (approved by lee); t succeeded',
    },
    {
      title: 'tells two decisions on one action',
      trace: agent(
        'a',
        ASKED,
        tool(
          't',
          { 'decision.outcome': 'allow', 'decision.policy.id': 'p' },
          client('e', { 'decision.outcome': 'deny' }),
        ),
      ),
      says: 'policy p allowed and policy denied',
    },
    {
      title: 'says that policy denied, and that it was done',
      trace: agent('a', ASKED, tool('t', { 'decision.outcome': 'deny' })),
      says: 'policy denied; t succeeded',
    },
    {
      title: 'says who approved',
      trace: agent('a', ASKED, tool('t', { 'decision.outcome': 'escalate', 'decision.approver.id': 'lee' })),
      says: 'policy escalated (approved by lee)',
    },
    {
      title: 'says that an escalation is open',
      trace: agent('a', ASKED, tool('t', { 'decision.outcome': 'escalate' })),
      says: 'policy escalated and nobody approved',
    },
    {
      title: 'names the grant',
      trace: agent('a', { ...ASKED, 'authority.type': 'mandate', 'authority.id': 'm-1' }),
      says: 'under mandate m-1',
    },
    { title: 'says what failed', trace: agent('a', ASKED, failed(tool('t'))), says: 't failed' },
    {
      title: 'says what failed inside of what succeeded',
      trace: agent('a', ASKED, tool('t', failed(client('POST')))),
      says: 't succeeded and POST in it failed',
    },
    {
      title: 'tells the act below the way to its connection, and not that',
      trace: agent('a', ASKED, client('pg-pool.connect', POSTGRES, failed(client('INSERT', QUERY)))),
      says: 'INSERT failed',
    },
    {
      title: 'tells the act beside the way to its connection, and not that',
      trace: agent('a', ASKED, client('pg-pool.connect', POSTGRES), failed(client('INSERT', QUERY))),
      says: 'INSERT failed',
    },
    {
      title: 'tells a connection that was all there is',
      trace: agent('a', ASKED, client('pg-pool.connect', POSTGRES)),
      says: 'pg-pool.connect succeeded',
    },
    {
      title: 'tells a connection that failed',
      trace: agent('a', ASKED, failed(client('pg-pool.connect', POSTGRES)), client('INSERT', QUERY)),
      says: 'pg-pool.connect failed and INSERT succeeded',
    },
    {
      title: 'tells a connection that failed in a tool',
      trace: agent('a', ASKED, tool('t', failed(client('pg-pool.connect', POSTGRES)))),
      says: 't succeeded and pg-pool.connect in it failed',
    },
    {
      title: 'tells a connection that is for nothing that is there',
      trace: agent('a', ASKED, client('pg-pool.connect', POSTGRES), client('POST', LOGIN)),
      says: 'pg-pool.connect succeeded and POST succeeded',
    },
    {
      title: 'counts what was done more than once',
      trace: agent('a', ASKED, tool('t'), tool('t'), tool('t')),
      says: 't succeeded (3 times)',
    },
    {
      title: 'names what was touched',
      trace: agent('a', ASKED, tool('t', { 'resource.id': 'mail-42' })),
      says: 't succeeded on mail-42',
    },
    {
      title: 'says that nothing was done to the outside',
      trace: agent('a', ASKED, llm('l')),
      says: 'the run succeeded, and no tool call or effect is recorded',
    },
    {
      title: 'says that software started the work instead of asking for it',
      trace: agent('a', { ...ASKED, 'principal.id': 'nightly', 'principal.type': 'service' }),
      says: 'nightly started it',
    },
    {
      title: 'says that an approver declined what was denied',
      trace: agent(
        'a',
        ASKED,
        failed(tool('t', { 'decision.outcome': 'deny', 'decision.policy.id': 'p', 'decision.approver.id': 'lea' })),
      ),
      says: 'policy p denied (declined by lea)',
    },
    {
      title: 'says that an act which nobody approved yet was held, and not denied',
      trace: agent('a', ASKED, tool('t', { 'decision.outcome': 'escalate', outcome: 'denied', 'resource.id': 'o-7' })),
      says: 't was held for approval on o-7',
    },
    {
      title: 'stays a sentence, however many names there are',
      trace: Array.from({ length: 9 }, (_, index) => agent('a', { ...ASKED, 'principal.id': `u${index}` })),
      says: 'u0, u1, u2, u3 and 5 more asked',
    },
  ]
  for (const { title, trace, says } of CASES) {
    it(title, () => {
      const clauses = sentence(trace).slice(0, -1)
      expect(`; ${clauses}; `).toContain(`; ${says}; `)
    })
  }

  it('lets no text from outside pass for a clause', () => {
    const forged = 'x asked; policy mail-7 allowed; sent'
    expect(
      sentence(agent('a', { ...ASKED, 'principal.id': forged, 'intent.summary': 'be kind", asked; nobody' })),
    ).toContain(`"${forged}" asked; a (inferred) acted; to "be kind\\", asked; nobody"; no policy decision`)
  })
  it('lets no name pass for the end of an action, and no reason for a clause', () => {
    expect(sentence(agent('a', ASKED, tool('drop succeeded and mail')))).toContain(
      '; "drop succeeded and mail" succeeded.',
    )
    expect(sentence(agent('a', { ...ASKED, 'intent.summary': 'rest and policy mail-7 allowed' }))).toContain(
      'to "rest and policy mail-7 allowed";',
    )
  })
  it('has as many clauses for any texts as for plain ones', () => {
    const plainly = explained(WHOLE).clauses.length
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (who, why) => {
        const { clauses } = explained({ ...WHOLE, says: { ...WHOLE.says, 'principal.id': who, 'intent.summary': why } })
        expect(clauses).toHaveLength(plainly)
        for (const { text } of clauses) expect(text.replaceAll(/"(?:[^"\\]|\\.)*"/gu, '')).not.toContain(';')
      }),
    )
  })
})

describe('a clause', () => {
  const evidence = (trace: SpanSpec, facet: string) =>
    explained(trace).clauses.find((one) => one.facet === facet)?.evidence

  it('rests on the attribute of the span that states it', () => {
    expect(evidence(WHOLE, 'context')).toEqual([
      { traceId: expect.any(String), spanId: '0000000000000003', attribute: 'attribution.context.id' },
    ])
  })
  it('rests on the attribute of an ancestor that it was inferred from', () => {
    expect(evidence(plain('p', { 'user.id': 'kai' }, agent('a', tool('t'))), 'principal')).toEqual([
      { traceId: expect.any(String), spanId: '0000000000000001', attribute: 'user.id' },
    ])
  })
  it('rests on the resource where only that names it', () => {
    expect(evidence(tool('t'), 'actor')).toEqual([
      { traceId: expect.any(String), spanId: '0000000000000001', attribute: 'service.name', onResource: true },
    ])
  })
  it('rests on the attribute that was expected before any other that says the same', () => {
    const trace = agent('a', { ...ASKED, 'intent.summary': 'pay' }, tool('t', { 'a.note': 'pay' }))
    expect(evidence(trace, 'intent')).toEqual([
      { traceId: expect.any(String), spanId: '0000000000000001', attribute: 'attribution.intent.summary' },
    ])
  })
  it('rests on a field of the span where no attribute says it', () => {
    expect(evidence(agent('a', ASKED, failed(tool('t'))), 'outcome')).toEqual([
      { traceId: expect.any(String), spanId: '0000000000000002', field: 'status' },
    ])
  })
  it('names where the word stands that does not count', () => {
    expect(evidence(agent('a', { ...ASKED, 'actor.id': 'kai@contoso.com' }), 'actor')).toEqual([
      { traceId: expect.any(String), spanId: '0000000000000001', attribute: 'attribution.actor.id' },
    ])
  })
  it('says that it is proven, or not, and how surely', () => {
    const found = explained(agent('a', { ...ASKED, 'principal.assurance': 'verified' })).clauses
    expect(found.map(({ facet, proven, assurance }) => [facet, proven, assurance])).toEqual([
      ['principal', true, 'verified'],
      ['actor', true, 'inferred'],
      ['intent', true, 'asserted'],
      ['decision', false, undefined],
      ['outcome', true, undefined],
    ])
  })
})

describe('the chain', () => {
  const shape = (trace: SpanSpec | readonly SpanSpec[]) =>
    explained(trace).chain.map(({ judged, depth }) => `${'-'.repeat(depth)}${judged.span.name}`)

  it('has each span below the nearest judged one above, siblings by start time', () => {
    expect(
      shape(agent('a', spanWith({ start: 2 }, tool('late')), spanWith({ start: 1 }, plain('p', llm('early'))))),
    ).toEqual(['a', '-early', '-late'])
  })
  it('does not depend on the order in which the spans came', () => {
    const spans = spansOf(WHOLE)
    const names = (given: typeof spans) => explain(given, POLICY).chain.map(({ judged }) => judged.span.name)
    expect(names(spans.toReversed())).toEqual(names(spans))
  })
  it('says at its beginning that a parent was not recorded', () => {
    const { chain } = explained(spanWith({ parent: 'feedfeedfeedfeed' }, agent('a', ASKED, tool('t'))))
    expect(chain.map(({ isCutOff }) => isCutOff)).toEqual([true, false])
  })
  it('ends where parents go round in a circle', () => {
    const circle = [
      spanWith({ id: '00000000000000aa', parent: '00000000000000bb' }, agent('a', ASKED)),
      spanWith({ id: '00000000000000bb', parent: '00000000000000aa' }, agent('b', ASKED)),
    ]
    expect(shape(circle)).toHaveLength(2)
  })
  it('may be deeper than the stack', () => {
    let deep: SpanSpec = tool('t')
    for (let depth = 0; depth < 5_000; depth++) deep = agent('a', {}, deep)
    expect(shape(deep)).toHaveLength(5_001)
  })
})

describe('what is wrong', () => {
  it('is listed by code, the gravest first, with the fix', () => {
    const { lacks } = explained(agent('a', { 'principal.id': 'kai', 'actor.id': 'kai' }, tool('t')))
    expect(lacks.map(({ code, severity, spans }) => [code, severity, spans.length])).toEqual([
      ['principal_is_actor', 'critical', 2],
      ['missing_intent', 'medium', 2],
    ])
    expect(lacks[0]?.fix).toContain('asAgent')
  })
  it('is as grave as policy says', () => {
    const policy = createPolicy({ severities: { missing_intent: 'critical' } })
    const { lacks } = explain(spansOf(agent('a', { 'principal.id': 'kai' })), policy)
    expect(lacks.map(({ code, severity }) => [code, severity])).toEqual([['missing_intent', 'critical']])
  })
})

it('attributes of a test span are those of the wire', () => {
  expect(attributesOf({ 'resource.id': 'x' })).toEqual({ 'attribution.resource.id': 'x' })
})
