import { describe, expect, it } from 'vitest'
import { FINDING_CODES } from '../../src/model/finding.ts'
import type { FindingCode } from '../../src/model/finding.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import type { PolicyOptions, Requirement } from '../../src/policy/policy.ts'
import {
  agent,
  ASKED,
  check,
  client,
  creation,
  guardrail,
  spanWith,
  judged,
  llm,
  nameless,
  plain,
  retriever,
  tool,
  workflow,
} from './spans.ts'

const VIA = { 'context.id': 'mail-connector', 'context.credential.id': 'svc-mail' }

describe('what each kind requires by default', () => {
  const silent = { service: '' }
  check([
    {
      title: 'an agent requires principal, actor and intent',
      trace: spanWith(silent, nameless('x')),
      expect: {
        x: {
          kind: 'agent',
          findings: ['missing_actor', 'missing_intent', 'missing_principal'],
          missing: ['principal', 'actor', 'intent'],
          complete: false,
          verdict: 'unknown',
        },
      },
    },
    {
      title: 'a tool requires principal, actor, context and intent',
      trace: spanWith(silent, tool('x', { 'gen_ai.tool.name': '', 'correlation.id': 'c' })),
      expect: { x: { has: ['missing_actor', 'missing_intent', 'missing_principal'], complete: false } },
    },
    {
      title: 'an effect requires principal, actor, context and intent',
      trace: spanWith(silent, client('x', { 'span.kind': 'effect', 'correlation.id': 'c' })),
      expect: {
        x: { kind: 'effect', findings: ['missing_actor', 'missing_context', 'missing_intent', 'missing_principal'] },
      },
    },
    {
      title: 'an llm call requires principal and actor',
      trace: spanWith(silent, llm('x')),
      expect: { x: { findings: ['missing_actor', 'missing_principal'], verdict: 'unknown' } },
    },
    {
      title: 'a retriever requires principal and actor',
      trace: spanWith(silent, retriever('x')),
      expect: { x: { kind: 'retriever', findings: ['missing_actor', 'missing_principal'] } },
    },
    {
      title: 'a workflow requires a principal',
      trace: spanWith(silent, workflow('x')),
      expect: { x: { kind: 'workflow', findings: ['missing_principal'], verdict: 'unknown' } },
    },
    {
      title: 'a guardrail requires an actor, and no principal',
      trace: spanWith(silent, guardrail('x')),
      expect: { x: { kind: 'guardrail', findings: ['missing_actor'], verdict: 'unknown' } },
    },
    {
      title: 'a guardrail below an agent has all it requires',
      trace: agent('a', guardrail('x')),
      expect: { x: { findings: [], complete: true, verdict: 'separated' } },
    },
    {
      title: 'making an agent requires an actor only',
      trace: creation('x'),
      expect: { x: { kind: 'agent', findings: [], complete: true, verdict: 'separated', actor: 'x' } },
    },
    {
      title: 'making an agent without a name lacks the actor',
      trace: creation('x', { 'gen_ai.agent.name': '' }),
      expect: { x: { findings: ['missing_actor'], complete: false, verdict: 'unknown' } },
    },
    {
      title: 'an agent that was asked has all it requires, and so has all beneath it',
      trace: agent('a', ASKED, llm('l'), retriever('r'), workflow('w'), tool('t', VIA, client('e'))),
      expect: {
        a: { findings: [], complete: true, missing: [], verdict: 'separated' },
        l: { findings: [], complete: true, verdict: 'separated' },
        r: { findings: [], complete: true, verdict: 'separated' },
        w: { findings: [], complete: true, verdict: 'separated' },
        t: { findings: [], complete: true, verdict: 'separated', context: 'mail-connector' },
        e: { kind: 'effect', findings: [], complete: true, verdict: 'separated', context: 'mail-connector' },
      },
    },
    {
      title: 'a missing intent alone doesn’t make the verdict unknown',
      trace: agent('a', { 'principal.id': 'kai' }),
      expect: { a: { findings: ['missing_intent'], complete: false, verdict: 'separated' } },
    },
    {
      title: 'a tool whose only context is its own name has one, inferred',
      trace: agent('a', ASKED, tool('send_mail')),
      expect: { send_mail: { findings: [], complete: true, context: 'send_mail', assurance: { context: 'inferred' } } },
    },
    {
      title: 'an effect with a host name only has a context, inferred',
      trace: agent('a', ASKED, client('e', { 'server.address': 'mail.example' })),
      expect: { e: { findings: [], complete: true, context: 'mail.example', assurance: { context: 'inferred' } } },
    },
    {
      title: 'an effect with no name of anything lacks its context',
      trace: agent('a', ASKED, client('e')),
      expect: { e: { findings: ['missing_context'], complete: false, verdict: 'unknown', missing: ['context'] } },
    },
    {
      title: 'spans that nobody recognizes are not judged',
      trace: plain('p', ASKED, agent('a')),
      expect: { p: { kind: undefined, findings: [], verdict: undefined }, a: { findings: [] } },
    },
  ])
})

describe('what policy requires besides', () => {
  const MORE: readonly {
    requirement: Requirement
    code: FindingCode
    by: Readonly<Record<string, unknown>>
    neighbors: readonly Readonly<Record<string, unknown>>[]
  }[] = [
    {
      requirement: 'decision',
      code: 'missing_decision',
      by: { 'decision.outcome': 'not_required', 'decision.policy.id': 'p' },
      neighbors: [{ 'decision.policy.id': 'p' }, { 'decision.outcome': 'maybe' }, { 'decision.outcome': ' ' }],
    },
    {
      requirement: 'correlation',
      code: 'missing_correlation',
      by: { 'correlation.id': 'c-1' },
      neighbors: [{ 'gen_ai.conversation.id': 'c-1' }, { 'session.id': 'c-1' }, { 'correlation.id': '  ' }],
    },
    {
      requirement: 'authority',
      code: 'missing_authority',
      by: { 'authority.id': 'grant-1' },
      neighbors: [
        { 'authority.id': '' },
        { 'authority.type': 'word-of-mouth' },
        { 'authority.scopes': [] },
        { 'authority.scopes': '[]' },
        { 'authority.scopes': [''] },
      ],
    },
    {
      requirement: 'context.credential',
      code: 'missing_credential',
      by: { 'context.credential.id': 'key-1' },
      neighbors: [{ 'context.credential.type': 'shared' }, { 'context.credential.subject': 'svc' }],
    },
    {
      requirement: 'intent',
      code: 'missing_intent',
      by: { 'intent.purpose': 'reporting' },
      neighbors: [{ 'intent.parent_id': 'i-0' }],
    },
  ]
  for (const { requirement, code, by, neighbors } of MORE) {
    const policy: PolicyOptions = { require: { llm: [requirement] } }
    const asked = { 'principal.id': 'kai@contoso.com' }
    it(`${code}: stands where ${requirement} is required and absent`, () => {
      const said = judged(agent('a', asked, llm('l')), policy)('l')
      expect(said).toMatchObject({ findings: [code], complete: false, missing: [requirement] })
    })
    it(`${code}: ${JSON.stringify(by)} is enough`, () => {
      expect(judged(agent('a', asked, llm('l', by)), policy)('l')).toMatchObject({ findings: [], complete: true })
    })
    for (const neighbor of neighbors) {
      it(`${code}: ${JSON.stringify(neighbor)} is not enough`, () => {
        expect(judged(agent('a', asked, llm('l', neighbor)), policy)('l').findings).toContain(code)
      })
    }
    it(`${code}: is asked of the kind that policy names, and of no other`, () => {
      expect(judged(agent('a', asked, retriever('r')), policy)('r')).toMatchObject({ findings: [], complete: true })
    })
    it(`${code}: is not excused by a merge that names it`, () => {
      const merge = { 'declaration.type': 'merge', 'declaration.merges': [code] }
      const said = judged(agent('a', asked, llm('l', merge)), policy)('l')
      expect(said).toMatchObject({ findings: [code], allowed: [], complete: false })
    })
  }

  check([
    {
      title: 'a credential of type none answers for the credential',
      policy: { require: { tool: ['context.credential'] } },
      trace: agent('a', ASKED, tool('t', { 'context.id': 'files', 'context.credential.type': 'none' })),
      expect: { t: { findings: [], complete: true } },
    },
    {
      title: 'a credential that the tool states answers for its effects',
      policy: { require: { effect: ['context.credential'] } },
      trace: agent('a', ASKED, tool('t', VIA, client('e'))),
      expect: { e: { findings: [], complete: true, credential: 'svc-mail' } },
    },
    {
      title: 'what policy requires of create_agent is not asked of an agent that runs',
      policy: { require: { create_agent: ['correlation'] } },
      trace: agent('a', ASKED, creation('c')),
      expect: { a: { findings: [] }, c: { findings: ['missing_correlation'] } },
    },
    {
      title: 'what policy requires of agents is not asked of making one',
      policy: { require: { agent: ['correlation'] } },
      trace: agent('a', ASKED, creation('c')),
      expect: { a: { findings: ['missing_correlation'] }, c: { findings: [] } },
    },
    {
      title: 'a policy can require a principal of a guardrail, and the verdict then depends on it',
      policy: { require: { guardrail: ['principal'] } },
      trace: agent('a', guardrail('g')),
      expect: { g: { findings: ['missing_principal'], verdict: 'unknown' } },
    },
  ])
})

describe('the least assurance that policy asks for', () => {
  check([
    {
      title: 'a principal that is less sure is unverified, not missing, and the span is not complete',
      policy: { assurance: { principal: 'verified' } },
      trace: agent('a', ASKED),
      expect: { a: { findings: ['unverified_principal'], complete: false, verdict: 'separated' } },
    },
    {
      title: 'a verified principal is sure enough for any policy',
      policy: { assurance: { principal: 'verified' } },
      trace: agent('a', { ...ASKED, 'principal.assurance': 'verified' }),
      expect: { a: { findings: [], complete: true } },
    },
    {
      title: 'a principal that is surer than asked for is enough',
      policy: { assurance: { principal: 'asserted' } },
      trace: agent('a', { ...ASKED, 'principal.assurance': 'verified' }),
      expect: { a: { findings: [], complete: true } },
    },
    {
      title: 'an inferred principal is unverified where asserted is asked for',
      policy: { assurance: { principal: 'asserted' } },
      trace: agent('a', { 'user.id': 'kai', 'intent.id': 'i' }),
      expect: { a: { findings: ['unverified_principal'], complete: false, assurance: { principal: 'inferred' } } },
    },
    {
      title: 'an inferred principal is nothing to note where policy asks for nothing',
      trace: agent('a', { 'user.id': 'kai', 'intent.id': 'i' }),
      expect: { a: { findings: [], complete: true } },
    },
    {
      title: 'an inferred context counts as missing where asserted is asked for',
      policy: { assurance: { context: 'asserted' } },
      trace: agent('a', ASKED, tool('t')),
      expect: { t: { findings: ['missing_context'], complete: false, verdict: 'unknown' } },
    },
    {
      title: 'an inferred actor counts as missing where asserted is asked for',
      policy: { assurance: { actor: 'asserted' } },
      trace: agent('a', ASKED),
      expect: { a: { findings: ['missing_actor'], complete: false, verdict: 'unknown' } },
    },
    {
      title: 'an assurance is asked of required facets only',
      policy: { assurance: { intent: 'verified' } },
      trace: agent('a', ASKED, llm('l')),
      expect: { a: { has: ['missing_intent'] }, l: { findings: [] } },
    },
  ])
})

describe('policy by name', () => {
  const deletes: PolicyOptions = { rules: [{ tool: 'delete_*', require: ['decision'] }] }
  check([
    {
      title: 'a rule holds for the tools that its pattern names, in any case',
      policy: deletes,
      trace: agent('a', ASKED, tool('Delete_row'), tool('read_row'), tool('undelete_row')),
      expect: {
        Delete_row: { findings: ['missing_decision'] },
        read_row: { findings: [] },
        undelete_row: { findings: [] },
      },
    },
    {
      title: 'a rule for a tool holds for its effects too',
      policy: deletes,
      trace: agent('a', ASKED, tool('delete_row', client('e', { 'context.id': 'db' }))),
      expect: { e: { findings: ['missing_decision'] } },
    },
    {
      title: 'a rule for a tool does not hold for an agent that the tool starts',
      policy: deletes,
      trace: agent('a', ASKED, tool('delete_row', agent('b', client('e', { 'context.id': 'db' })))),
      expect: { b: { findings: [] }, e: { findings: [] } },
    },
    {
      title: 'a rule for an agent holds for all that the agent does',
      policy: { rules: [{ agent: 'billing', require: ['correlation'] }] },
      trace: agent('billing', ASKED, llm('l'), agent('other', llm('m'))),
      expect: {
        billing: { findings: ['missing_correlation'] },
        l: { findings: ['missing_correlation'] },
        other: { findings: [] },
        m: { findings: [] },
      },
    },
    {
      title: 'a rule for an agent goes by its name also where it has an id',
      policy: { rules: [{ agent: 'billing-*', require: ['correlation'] }] },
      trace: agent('x', { ...ASKED, 'gen_ai.agent.id': 'asst_1', 'gen_ai.agent.name': 'billing-assistant' }),
      expect: { x: { findings: ['missing_correlation'] } },
    },
    {
      title: 'a rule for an agent goes by its id too',
      policy: { rules: [{ agent: 'asst_*', require: ['correlation'] }] },
      trace: agent('x', { ...ASKED, 'gen_ai.agent.id': 'asst_1', 'gen_ai.agent.name': 'billing-assistant' }),
      expect: { x: { findings: ['missing_correlation'] } },
    },
    {
      title: 'a rule with both patterns needs both to match',
      policy: { rules: [{ agent: 'billing', tool: 'pay', require: ['decision'] }] },
      trace: [agent('billing', ASKED, tool('pay'), tool('look')), agent('support', ASKED, tool('pay '))],
      expect: { pay: { findings: ['missing_decision'] }, look: { findings: [] }, 'pay ': { findings: [] } },
    },
    {
      title: 'a star stands for any run of characters and everything else for itself',
      policy: { rules: [{ tool: 'a.*(x)', require: ['decision'] }] },
      trace: agent('a', ASKED, tool('a.b.c(x)'), tool('abc(x)'), tool('a.(x)')),
      expect: {
        'a.b.c(x)': { findings: ['missing_decision'] },
        'abc(x)': { findings: [] },
        'a.(x)': { findings: ['missing_decision'] },
      },
    },
    {
      title: 'stars stand for runs that do not overlap',
      policy: { rules: [{ tool: 'ab*ba*ab', require: ['decision'] }] },
      trace: agent('a', ASKED, tool('abab'), tool('abaab'), tool('abbaab'), tool('ab-ba-ab')),
      expect: {
        abab: { findings: [] },
        abaab: { findings: [] },
        abbaab: { findings: ['missing_decision'] },
        'ab-ba-ab': { findings: ['missing_decision'] },
      },
    },
    {
      title: 'a rule holds for a name in another spelling, too',
      policy: { rules: [{ tool: 'Pay_*', require: ['decision'] }] },
      trace: agent('a', ASKED, tool('pa\u{200b}y_out'), tool('ＰＡＹ_in')),
      expect: { 'pa\u{200b}y_out': { findings: ['missing_decision'] }, ＰＡＹ_in: { findings: ['missing_decision'] } },
    },
    {
      title: 'a rule can ask for more assurance',
      policy: { rules: [{ tool: 'pay', assurance: { context: 'asserted' } }] },
      trace: agent('a', ASKED, tool('pay'), tool('look')),
      expect: { pay: { findings: ['missing_context'] }, look: { findings: [] } },
    },
    {
      title: 'a rule allows a named finding, and the verdict is declared',
      policy: { rules: [{ agent: 'a', allow: ['principal_is_actor'] }] },
      trace: agent('a', { ...ASKED, 'principal.id': 'a' }),
      expect: { a: { findings: [], allowed: ['principal_is_actor'], verdict: 'declared', complete: true } },
    },
    {
      title: 'a rule that allows what did not happen declares nothing',
      policy: { rules: [{ agent: 'a', allow: ['principal_is_actor'] }] },
      trace: agent('a', ASKED),
      expect: { a: { findings: [], allowed: [], verdict: 'separated' } },
    },
    {
      title: 'a rule without patterns holds for every span',
      policy: { rules: [{ require: ['correlation'] }] },
      trace: agent('a', ASKED, llm('l')),
      expect: { a: { findings: ['missing_correlation'] }, l: { findings: ['missing_correlation'] } },
    },
  ])
})

describe('the profiles', () => {
  const bare = agent('a', ASKED, tool('t', { 'context.id': 'mail' }, client('e')), tool('u'))
  check([
    {
      title: 'strict asks effects for credential, decision and correlation',
      policy: { profile: 'strict' },
      trace: bare,
      expect: {
        a: { findings: [] },
        e: { findings: ['missing_correlation', 'missing_credential', 'missing_decision'], complete: false },
      },
    },
    {
      title: 'strict takes no inferred context',
      policy: { profile: 'strict' },
      trace: bare,
      expect: { u: { has: ['missing_context'], complete: false, verdict: 'unknown' } },
    },
    {
      title: 'strict is content with an effect that says everything',
      policy: { profile: 'strict' },
      trace: agent(
        'a',
        { ...ASKED, 'correlation.id': 'c' },
        tool('t', { ...VIA, 'decision.outcome': 'allow' }, client('e')),
      ),
      expect: { e: { findings: [], complete: true, verdict: 'separated' } },
    },
    {
      title: 'observe judges by the same requirements as standard',
      policy: { profile: 'observe' },
      trace: agent('a'),
      expect: { a: { findings: ['missing_intent', 'missing_principal'], verdict: 'unknown', complete: false } },
    },
    {
      title: 'what a policy requires adds to its profile',
      policy: { profile: 'strict', require: { effect: ['authority'] } },
      trace: bare,
      expect: {
        e: { findings: ['missing_authority', 'missing_correlation', 'missing_credential', 'missing_decision'] },
      },
    },
  ])

  const STANDARD: Readonly<Record<FindingCode, string>> = {
    claim_contradicted: 'medium',
    edge_unbacked: 'high',
    missing_principal: 'high',
    missing_actor: 'high',
    missing_context: 'high',
    missing_decision: 'high',
    missing_approval: 'high',
    missing_correlation: 'high',
    missing_authority: 'high',
    missing_credential: 'high',
    missing_intent: 'medium',
    principal_is_actor: 'critical',
    principal_is_context: 'critical',
    actor_is_context: 'medium',
    software_as_human: 'high',
    placeholder_identity: 'high',
    shared_credential: 'high',
    undelegated_token: 'high',
    undeclared_autonomy: 'medium',
    principal_changed: 'critical',
    chain_truncated: 'high',
    chain_loop: 'medium',
    correlation_changed: 'high',
    orphan_effect: 'high',
    context_divergence: 'critical',
    stale_binding: 'high',
    intent_changed: 'high',
    unverified_principal: 'medium',
    conflicting_identity: 'critical',
    record_conflict: 'critical',
    confusable_identity: 'high',
    attribution_rewritten: 'critical',
    denied_but_executed: 'critical',
    decision_late: 'high',
    authority_expired: 'high',
    token_passthrough: 'critical',
    scope_widened: 'high',
    carrier_invalid: 'high',
    carrier_replayed: 'high',
    chain_spliced: 'critical',
    decision_mismatch: 'critical',
    decision_unavailable: 'high',
    confused_deputy: 'high',
    self_approved: 'high',
  }
  it('has every code of the first set and no other', () => {
    expect([...FINDING_CODES].sort()).toEqual(Object.keys(STANDARD).sort())
  })
  it('standard is the default and gives each code the severity of the table', () => {
    expect(createPolicy()).toMatchObject({ profile: 'standard', severities: STANDARD })
    expect(createPolicy({ profile: 'standard' }).severities).toEqual(STANDARD)
  })
  it('strict gives a missing intent high and every other code the severity of the table', () => {
    expect(createPolicy({ profile: 'strict' }).severities).toEqual({ ...STANDARD, missing_intent: 'high' })
  })
  it('observe gives nothing more than medium', () => {
    const { severities } = createPolicy({ profile: 'observe' })
    expect(new Set(Object.values(severities))).toEqual(new Set(['medium']))
  })
  it('observe leaves a severity that a policy sets to low', () => {
    const options: PolicyOptions = { profile: 'observe', severities: { chain_loop: 'low', missing_actor: 'critical' } }
    expect(createPolicy(options).severities).toMatchObject({ chain_loop: 'low', missing_actor: 'medium' })
  })
  it('a policy sets the severity of a code', () => {
    const options: PolicyOptions = { profile: 'strict', severities: { missing_intent: 'low' } }
    expect(createPolicy(options).severities).toMatchObject({ missing_intent: 'low', principal_is_actor: 'critical' })
  })
})
