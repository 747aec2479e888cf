import { describe, expect, it } from 'vitest'
import { createJudge } from '../../src/judge/judge.ts'
import type { Binding, BoundAgent } from '../../src/resolve/lineage.ts'
import { lineageFrom } from '../../src/resolve/lineage.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { resolveSpan } from '../../src/resolve/resolved-span.ts'
import {
  agent,
  ASKED,
  bind,
  check,
  client,
  spanWith,
  isoAt,
  llm,
  nameless,
  plain,
  server,
  spansOf,
  tool,
} from './spans.ts'
import type { SpanSpec, GivenAttributes } from './spans.ts'

const A: BoundAgent = { actor: { id: 'a', version: '3' } }
const B: BoundAgent = { actor: { name: 'b' } }
const BOUND = { principal: { id: 'kai', type: 'human' }, intent: { id: 'i' } } as const

/** The span started with this bound, and so did everything below it that says nothing else. */
function within(binding: Partial<Binding>, span: SpanSpec): SpanSpec {
  const children = span.children.map((child) => within(binding, child))
  return { ...span, children, binding: span.binding ?? { bound: BOUND, ...binding } }
}

describe('asAgent', () => {
  check([
    {
      title: 'makes the outermost agent span that agent, whatever its dialect calls it',
      live: true,
      trace: within({ agents: [A] }, agent('ai.generateText', { 'gen_ai.agent.id': 'fn-7' }, llm('l'), tool('t'))),
      expect: {
        'ai.generateText': { actor: 'a', chain: ['a'], assurance: { actor: 'asserted' }, findings: [] },
        l: { actor: 'a', chain: ['a'] },
        t: { actor: 'a', chain: ['a'] },
      },
    },
    {
      title: 'makes a nameless agent span that agent',
      live: true,
      trace: within({ agents: [A] }, nameless('n', llm('l'))),
      expect: { n: { actor: 'a', findings: [] }, l: { actor: 'a' } },
    },
    {
      title: 'lets an agent beneath with another name join the chain',
      live: true,
      trace: within({ agents: [A] }, agent('x', agent('y', llm('l')), llm('m'))),
      expect: {
        x: { actor: 'a', chain: ['a'] },
        y: { actor: 'y', chain: ['a', 'y'], assurance: { actor: 'inferred' } },
        l: { actor: 'y', chain: ['a', 'y'] },
        m: { actor: 'a', chain: ['a'] },
      },
    },
    {
      title: 'lets a nameless agent beneath, or the same again, add nothing',
      live: true,
      trace: within({ agents: [A] }, agent('x', nameless('n', agent('A', llm('l'))))),
      expect: { n: { actor: 'a', chain: ['a'] }, A: { actor: 'a', chain: ['a'] }, l: { chain: ['a'] } },
    },
    {
      title: 'lets each outermost agent span be that agent, one after the other',
      live: true,
      trace: within({ agents: [A] }, plain('p', agent('x'), agent('y'))),
      expect: { x: { actor: 'a', chain: ['a'] }, y: { actor: 'a', chain: ['a'] } },
    },
    {
      title: 'in asAgent makes a chain of both, and the next agent span the inner one',
      live: true,
      trace: within({ agents: [A] }, agent('x', within({ agents: [A, B] }, agent('y', agent('z'))))),
      expect: {
        x: { actor: 'a', chain: ['a'] },
        y: { actor: 'b', chain: ['a', 'b'], assurance: { actor: 'asserted' } },
        z: { actor: 'z', chain: ['a', 'b', 'z'] },
      },
    },
    {
      title: 'in asAgent without a span between makes a chain of both',
      live: true,
      trace: within({ agents: [A, B] }, agent('x')),
      expect: { x: { actor: 'b', chain: ['a', 'b'] } },
    },
    {
      title: 'of the same agent again adds nothing',
      live: true,
      trace: within({ agents: [A] }, agent('x', within({ agents: [A, { actor: { id: 'A ' } }] }, agent('y')))),
      expect: { y: { chain: ['a'], findings: [] } },
    },
    {
      title: 'below an agent of a dialect joins its chain',
      live: true,
      trace: within({}, agent('x', within({ agents: [A] }, tool('t')))),
      expect: { x: { chain: ['x'] }, t: { actor: 'a', chain: ['x', 'a'] } },
    },
    {
      title: 'needs no agent span',
      live: true,
      trace: within({ agents: [A], acting: true, bound: { ...BOUND, correlationId: 'c' } }, tool('t', client('e'))),
      expect: { t: { actor: 'a', chain: ['a'], assurance: { actor: 'asserted' } }, e: { actor: 'a', kind: 'effect' } },
    },
    {
      title: 'that ended is not in what starts after it',
      live: true,
      trace: within({}, plain('p', within({ agents: [A] }, agent('x')), agent('y'))),
      expect: { y: { actor: 'y', chain: ['y'] } },
    },
    {
      title: 'is in no conflict with what a dialect calls the agent',
      live: true,
      trace: within({ agents: [A] }, agent('x', { 'gen_ai.agent.id': 'other' })),
      expect: { x: { findings: [], verdict: 'separated' } },
    },
    {
      title: 'is in conflict with another actor that the span states, which counts',
      live: true,
      trace: within({ agents: [A] }, agent('x', { 'actor.id': 'other' })),
      expect: { x: { actor: 'other', findings: ['conflicting_identity'] } },
    },
    {
      title: 'is in no conflict with the same actor',
      live: true,
      trace: within({ agents: [A] }, agent('x', { 'actor.id': 'A' })),
      expect: { x: { actor: 'A', findings: [] } },
    },
    {
      title: 'loops where the agents take turns',
      live: true,
      trace: within({ agents: [A, B, { actor: { id: 'a' } }] }, agent('x')),
      expect: { x: { chain: ['a', 'b', 'a'], findings: ['chain_loop'] } },
    },
  ])
})

describe('what the process bound', () => {
  const bound = (more: Binding['bound'], span: SpanSpec) => within({ bound: { ...BOUND, ...more } }, span)
  check([
    {
      title: 'is asserted, and comes before the dialect and the ancestors',
      live: true,
      trace: server('http', { 'user.id': 'proxy' }, bound({}, agent('a'))),
      expect: {
        a: { principal: 'kai', intent: 'i', assurance: { principal: 'asserted', intent: 'asserted' }, findings: [] },
      },
    },
    {
      title: "comes after the span's own, and disagreement is a conflict",
      live: true,
      trace: bound({}, agent('a', { 'principal.id': 'lea' })),
      expect: { a: { principal: 'lea', findings: ['conflicting_identity'] } },
    },
    {
      title: 'is in conflict with another user.id on the span',
      live: true,
      trace: bound({}, agent('a', { 'user.id': 'lea' })),
      expect: { a: { principal: 'kai', findings: ['conflicting_identity'] } },
    },
    {
      title: 'is in no conflict with another spelling',
      live: true,
      trace: bound({}, agent('a', { 'user.id': 'acct:Kai', 'principal.id': 'user:kai' })),
      expect: { a: { findings: [] } },
    },
    {
      title: 'gives tools and effects the context of via',
      live: true,
      trace: bound(
        { context: { id: 'mail', credential: { id: 'k', type: 'own' } } },
        agent('a', tool('t', client('e', { 'server.address': 'x' }))),
      ),
      expect: { t: { context: 'mail', credential: 'k', assurance: { context: 'asserted' } }, e: { context: 'mail' } },
    },
    {
      title: 'is in conflict with another context that the span states',
      live: true,
      trace: bound(
        { context: { id: 'mail' } },
        agent('a', tool('t', { 'context.id': 'files' }), tool('u', { 'context.id': 'MAIL' })),
      ),
      expect: { t: { context: 'files', findings: ['conflicting_identity'] }, u: { findings: [] } },
    },
    {
      title: 'is in no conflict with a context that is merely inferred',
      live: true,
      trace: bound(
        { context: { id: 'mail' } },
        agent(
          'a',
          tool('t'),
          client('e', { 'server.address': 'smtp' }),
          tool('u', { 'context.id': 'files', 'context.assurance': 'inferred' }),
        ),
      ),
      expect: { t: { findings: [] }, e: { findings: [] }, u: { findings: [] } },
    },
    {
      title: 'decides for all that runs inside decided()',
      live: true,
      trace: bound({ decision: { outcome: 'deny' } }, agent('a', tool('t'))),
      expect: { t: { decision: 'deny', findings: ['denied_but_executed'] } },
    },
    {
      title: 'records a hand-over by an authority of its own',
      live: true,
      trace: bound(
        {},
        agent(
          'a',
          spanWith({ binding: { bound: { principal: { id: 'lea' }, authority: { id: 'g' } } } }, tool('t')),
          spanWith({ binding: { bound: { principal: { id: 'lea' } } } }, tool('u')),
        ),
      ),
      expect: { t: { findings: [] }, u: { findings: ['principal_changed'] } },
    },
    {
      title: 'merges facet by facet with what the ancestors hand down',
      live: true,
      trace: bound(
        { correlationId: 'c' },
        agent('a', spanWith({ binding: { bound: { context: { id: 'mail' } } } }, tool('t'))),
      ),
      expect: { t: { principal: 'kai', intent: 'i', correlation: 'c', context: 'mail', actor: 'a', findings: [] } },
    },
    {
      title: 'recognizes nothing',
      live: true,
      trace: bound({ context: { id: 'mail' } }, server('http')),
      expect: { http: { kind: undefined } },
    },
  ])
})

describe('what a carrier brought', () => {
  const carried = (attribution: Binding['bound'], span: SpanSpec, more: Partial<Binding> = {}) =>
    within({ bound: {}, carried: { attribution, assurance: 'claimed' }, ...more }, span)
  check([
    {
      title: 'stays claimed, on every span below too',
      live: true,
      trace: carried(
        { ...BOUND, correlationId: 'c', authority: { id: 'g' } },
        agent('a', spanWith({ binding: {} }, llm('l'))),
      ),
      expect: {
        a: {
          principal: 'kai',
          intent: 'i',
          correlation: 'c',
          authority: 'g',
          assurance: { principal: 'claimed', intent: 'claimed' },
          findings: ['unverified_principal'],
        },
        l: { assurance: { principal: 'claimed', intent: 'claimed' }, findings: ['unverified_principal'] },
      },
    },
    {
      title: 'comes after what is bound, which it cannot put in doubt',
      live: true,
      trace: carried({ principal: { id: 'lea' }, intent: { id: 'j' } }, agent('a'), { bound: BOUND }),
      expect: {
        a: { principal: 'kai', intent: 'i', assurance: { principal: 'asserted' }, findings: ['claim_contradicted'] },
      },
    },
    {
      title: 'is in no conflict where it says the same',
      live: true,
      trace: carried({ principal: { id: 'KAI' } }, agent('a'), { bound: BOUND }),
      expect: { a: { findings: [] } },
    },
    {
      title: 'comes before the dialect, and disagreement is a conflict',
      live: true,
      trace: carried(BOUND, agent('a', { 'user.id': 'lea' })),
      expect: { a: { principal: 'kai', findings: ['conflicting_identity', 'unverified_principal'] } },
    },
    {
      title: 'counts as asserted where the process says so',
      live: true,
      trace: within({ bound: {}, carried: { attribution: BOUND, assurance: 'asserted' } }, agent('a')),
      expect: { a: { assurance: { principal: 'asserted' }, findings: [] } },
    },
    {
      title: 'continues the chain of actors',
      live: true,
      trace: carried({ ...BOUND, actor: { id: 'b' }, actorChain: ['a', 'b'] }, agent('c', llm('l'))),
      expect: { c: { actor: 'c', chain: ['a', 'b', 'c'] }, l: { chain: ['a', 'b', 'c'] } },
    },
    {
      title: 'continues the chain where it brought the chain alone',
      live: true,
      trace: carried({ ...BOUND, actorChain: ['a', 'b'] }, plain('p', tool('t', { 'correlation.id': 'c' }))),
      expect: { t: { actor: 'b', chain: ['a', 'b'], assurance: { actor: 'claimed' } } },
    },
    {
      title: 'is followed by the agents that the process enters, which are no surer than the chain',
      live: true,
      trace: carried({ ...BOUND, actorChain: ['x', 'y'] }, agent('dialect'), { agents: [A] }),
      expect: { dialect: { actor: 'a', chain: ['x', 'y', 'a'], assurance: { actor: 'claimed' } } },
    },
    {
      title: 'by its last actor again adds nothing',
      live: true,
      trace: carried({ ...BOUND, actorChain: ['x', 'y'] }, agent('Y')),
      expect: { Y: { chain: ['x', 'y'], findings: ['unverified_principal'] } },
    },
    {
      title: 'never holds a context, a decision or a declaration',
      live: true,
      trace: carried(
        {
          ...BOUND,
          context: { id: 'mail', credential: { id: 'k' } },
          decision: { outcome: 'deny' },
          declaration: { type: 'autonomous', owner: 'x' },
        },
        agent('a', tool('t')),
      ),
      expect: {
        t: { context: 't', credential: undefined, decision: undefined, declaration: undefined, verdict: 'separated' },
      },
    },
  ])
})

describe('where the parent is in another process', () => {
  check([
    {
      title: 'the rules that need it wait for the audit',
      live: true,
      origin: 'elsewhere',
      trace: spanWith(
        { parent: 'feedfeedfeedfeed', remote: true },
        tool('t', {
          ...ASKED,
          'context.id': 'x',
          'actor.chain': ['q', 'r'],
          'principal.id': 'lea',
          'intent.id': 'other',
        }),
      ),
      expect: { t: { findings: [] } },
    },
    {
      title: 'the rules that do not need it do not wait',
      live: true,
      origin: 'elsewhere',
      trace: spanWith(
        { start: 10 },
        tool('t', {
          ...ASKED,
          'context.id': 'kai@contoso.com',
          'decision.outcome': 'deny',
          'decision.at': isoAt(20_000),
        }),
      ),
      expect: { t: { findings: ['decision_late', 'denied_but_executed', 'principal_is_context'] } },
    },
  ])
})

describe('a span that a live process judged', () => {
  const stamped = (says: GivenAttributes): GivenAttributes => ({ judge: 'onbehalf/0.1.0 abc', ...says })
  check([
    {
      title: 'loses its verdict, its completeness and the findings that the audit makes itself',
      trace: agent(
        'a',
        stamped({
          ...ASKED,
          verdict: 'collapsed',
          complete: false,
          findings: ['missing_actor', 'orphan_effect', 'principal_is_actor'],
        }),
      ),
      expect: { a: { findings: [], verdict: 'separated', complete: true } },
    },
    {
      title: 'keeps the findings that only a live process makes',
      trace: agent(
        'a',
        stamped({
          ...ASKED,
          findings: ['attribution_rewritten', 'context_divergence', 'missing_intent', 'token_passthrough'],
        }),
      ),
      expect: { a: { findings: ['attribution_rewritten', 'context_divergence', 'token_passthrough'] } },
    },
    {
      title: 'keeps them from the JSON text of a list, and knows no codes but ours',
      trace: agent('a', stamped({ ...ASKED, findings: '["context_divergence","made_up",7]' })),
      expect: { a: { findings: ['context_divergence'] } },
    },
    {
      title: 'is collapsed by a kept finding that collapses',
      trace: agent('a', stamped({ ...ASKED, findings: ['undelegated_token'] })),
      expect: { a: { findings: ['undelegated_token'], verdict: 'collapsed' } },
    },
    {
      title: 'keeps a conflict of identities that the live process saw',
      trace: agent('a', stamped({ ...ASKED, findings: ['conflicting_identity'] })),
      expect: { a: { findings: ['conflicting_identity'] } },
    },
    {
      title: 'a merge excuses no kept finding',
      trace: agent(
        'a',
        stamped({
          ...ASKED,
          findings: ['context_divergence'],
          'declaration.type': 'merge',
          'declaration.merges': ['context_divergence'],
        }),
      ),
      expect: { a: { findings: ['context_divergence'] } },
    },
    {
      title: 'keeps its recorded assurance',
      trace: agent('a', stamped({ ...ASKED, 'principal.assurance': 'claimed', 'intent.assurance': 'verified' })),
      expect: { a: { assurance: { principal: 'claimed', intent: 'verified' }, findings: ['unverified_principal'] } },
    },
    {
      title: 'gives way where it merely inferred and the trace shows better',
      trace: server(
        'http',
        { 'user.id': 'kai' },
        agent(
          'a',
          { 'intent.id': 'i' },
          tool(
            't',
            stamped({
              'principal.id': 'x',
              'principal.assurance': 'inferred',
              'actor.id': 'svc',
              'actor.assurance': 'inferred',
            }),
          ),
        ),
      ),
      expect: { t: { principal: 'kai', actor: 'a', findings: [] } },
    },
    {
      title: 'is taken at its word where the trace shows nothing',
      trace: spanWith(
        { service: '' },
        llm(
          'l',
          stamped({
            'principal.id': 'kai',
            'principal.assurance': 'inferred',
            'actor.id': 'svc',
            'actor.assurance': 'inferred',
          }),
        ),
      ),
      expect: { l: { principal: 'kai', actor: 'svc', findings: [] } },
    },
    {
      title: 'keeps the actors that a carrier brought before the agent that the trace shows',
      trace: agent(
        'b',
        stamped({ ...ASKED, 'actor.id': 'b', 'actor.assurance': 'inferred', 'actor.chain': ['a', 'b'] }),
        llm('l'),
      ),
      expect: { b: { actor: 'b', chain: ['a', 'b'] }, l: { chain: ['a', 'b'], findings: [] } },
    },
    {
      title: 'gives way with its chain where the trace shows more',
      trace: agent(
        'a',
        ASKED,
        agent('b', stamped({ 'actor.id': 'b', 'actor.assurance': 'inferred', 'actor.chain': ['b'] }), llm('l')),
      ),
      expect: { b: { actor: 'b', chain: ['a', 'b'], findings: [] }, l: { chain: ['a', 'b'], findings: [] } },
    },
    {
      title: 'stands where it asserted',
      trace: server('http', { 'user.id': 'lea' }, agent('a', stamped({ ...ASKED, 'principal.assurance': 'asserted' }))),
      expect: { a: { principal: 'kai@contoso.com', findings: [] } },
    },
    {
      title: 'keeps a credential that was stated beside an inferred name',
      trace: agent(
        'a',
        ASKED,
        client(
          'e',
          stamped({
            'span.kind': 'effect',
            'server.address': 'smtp',
            'context.id': 'smtp',
            'context.assurance': 'inferred',
            'context.credential.type': 'user',
          }),
        ),
      ),
      expect: { e: { context: 'smtp', findings: ['principal_is_context'] } },
    },
  ])

  it('takes the findings that the running process hands in', () => {
    const policy = createPolicy()
    const [span] = spansOf(agent('a', ASKED))
    if (span === undefined) throw new Error('no span')
    const resolved = resolveSpan({ span, lineage: lineageFrom('root'), policy, live: { binding: bind({}) } })
    const judge = createJudge(policy)
    expect(judge(resolved).findings).toEqual([])
    expect(judge(resolved, ['context_divergence', 'attribution_rewritten', 'context_divergence']).findings).toEqual([
      'attribution_rewritten',
      'context_divergence',
    ])
  })
})
