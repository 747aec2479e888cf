import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FINDING_CODES, findingEntry } from '../../src/model/finding.ts'
import type { FindingCode } from '../../src/model/finding.ts'
import type { PolicyOptions, PolicyRuleOptions } from '../../src/policy/policy.ts'
import {
  agent,
  ASKED,
  client,
  guardrail,
  isoAt,
  judged,
  judgedLive,
  llm,
  nameless,
  plain,
  retriever,
  spanWith,
  tool,
  server,
} from '../judge/spans.ts'
import type { Expected, GivenAttributes, Said, SpanSpec } from '../judge/spans.ts'

/** A sentence of a finding's page, and a trace that has it come true. */
interface Claim {
  readonly code: FindingCode
  readonly says: string
  readonly trace: SpanSpec | readonly SpanSpec[]
  readonly policy?: PolicyOptions
  readonly live?: boolean
  /** The span that is looked at. */
  readonly of: string
  readonly expect: Expected
}

const PAGES = fileURLToPath(new URL('../../docs/findings', import.meta.url))
const LEAVES = 'It leaves the verdict as it is.'
const COLLAPSES = 'It makes the verdict `collapsed`.'
const UNKNOWN = 'It makes the verdict `unknown`, unless another finding makes it `collapsed`.'
const ALWAYS_UNKNOWN = `It makes the verdict \`unknown\`, even if policy allows the finding, unless another finding makes it \`collapsed\`.`

const MAIL = { 'context.id': 'mail-connector' }
const KEY = { ...MAIL, 'context.credential.id': 'key-7f3a' }

/** What `report-assistant` did for Kai with one tool. */
function asked(says: GivenAttributes = {}, mail: GivenAttributes = MAIL, ...below: readonly SpanSpec[]): SpanSpec {
  return agent('report-assistant', { ...ASKED, ...says }, tool('sendMail', mail, ...below))
}

function allow(code: FindingCode): PolicyOptions {
  return { rules: [{ agent: '*', allow: [code] }] }
}

function rule(of: Omit<PolicyRuleOptions, 'tool' | 'agent'>): PolicyOptions {
  return { rules: [{ tool: 'sendMail', ...of }] }
}

function merge(code: FindingCode): GivenAttributes {
  return { 'declaration.type': 'merge', 'declaration.merges': [code] }
}

const A = 'report-assistant'
const T = 'sendMail'

/** A requirement of policy that nothing meets, and what meets it. */
function required(code: FindingCode, requirement: string, meets: GivenAttributes): readonly Claim[] {
  const policy = rule({ require: [requirement] } as PolicyRuleOptions)
  const says = findingEntry(code).meaning
  return [
    { code, says, trace: asked(), policy, of: T, expect: { findings: [code], complete: false } },
    { code, says: LEAVES, trace: asked(), policy, of: T, expect: { findings: [code], verdict: 'separated' } },
    {
      code,
      says: '## How to fix it',
      trace: asked({}, { ...MAIL, ...meets }),
      policy,
      of: T,
      expect: { findings: [] },
    },
  ]
}

const CLAIMS: readonly Claim[] = [
  ...(['missing_principal', 'missing_actor', 'missing_context'] as const).map((code): Claim => {
    const trace = {
      missing_principal: agent('x', { 'intent.summary': 'mail' }),
      missing_actor: spanWith({ service: '' }, nameless('x', ASKED)),
      missing_context: agent('a', ASKED, client('x', { 'span.kind': 'effect' })),
    }[code]
    const expected = { has: [code], verdict: 'unknown' } as const
    return { code, says: ALWAYS_UNKNOWN, trace, of: 'x', expect: expected }
  }),
  {
    code: 'missing_principal',
    says: ALWAYS_UNKNOWN,
    trace: agent('x', { 'intent.summary': 'mail' }),
    policy: allow('missing_principal'),
    of: 'x',
    expect: { findings: [], allowed: ['missing_principal'], verdict: 'unknown' },
  },
  {
    code: 'missing_principal',
    says: ALWAYS_UNKNOWN,
    trace: agent('x', { 'intent.summary': 'mail', 'context.id': 'x' }),
    of: 'x',
    expect: { findings: ['actor_is_context', 'missing_principal'], verdict: 'collapsed' },
  },
  {
    code: 'missing_principal',
    says: "set user.id on the request's root span",
    trace: plain('root', { 'user.id': 'kai@contoso.com' }, agent('x', { 'intent.summary': 'mail' })),
    of: 'x',
    expect: { findings: [], principal: 'kai@contoso.com', verdict: 'separated' },
  },
  {
    code: 'missing_principal',
    says: 'declareAutonomous binds its accountable owner as principal',
    trace: spanWith(
      {
        binding: {
          bound: {
            principal: { id: 'ops-team', type: 'service' },
            declaration: { type: 'autonomous', owner: 'ops-team' },
          },
        },
      },
      agent('x', { 'intent.summary': 'clean up' }),
    ),
    live: true,
    of: 'x',
    expect: { findings: [], principal: 'ops-team', verdict: 'declared' },
  },
  {
    code: 'missing_actor',
    says: "A guardrail span from a framework that doesn't name its agent.",
    trace: guardrail('x'),
    of: 'x',
    expect: { findings: ['missing_actor'], verdict: 'unknown' },
  },
  ...[llm, retriever, tool].map((make): Claim => ({
    code: 'missing_actor',
    says: 'For a model call, retrieval, tool or effect without an agent above it, the name of the service is enough.',
    trace: make('x', ASKED),
    of: 'x',
    expect: { actor: 'reports', lacks: ['missing_actor'], verdict: 'separated' },
  })),
  {
    code: 'missing_context',
    says: "The name of a tool, an MCP server, a host, a queue or the client library is inferred if nothing better is known, and that's enough",
    trace: asked({}, {}),
    of: T,
    expect: { findings: [], context: 'sendMail', assurance: { context: 'inferred' }, verdict: 'separated' },
  },
  {
    code: 'missing_context',
    says: 'unless policy requires more, as strict does',
    trace: asked({}, {}),
    policy: { profile: 'strict' },
    of: T,
    expect: { has: ['missing_context'], verdict: 'unknown' },
  },
  ...required('missing_decision', 'decision', { 'decision.outcome': 'allow' }),
  {
    code: 'missing_decision',
    says: 'The strict policy requires a decision for every effect',
    trace: asked({}, MAIL, client('x')),
    policy: { profile: 'strict' },
    of: 'x',
    expect: { has: ['missing_decision'] },
  },
  {
    code: 'missing_decision',
    says: "record decided({ outcome: 'not_required', policy }, fn)",
    trace: asked({}, MAIL, client('x', { ...KEY, 'decision.outcome': 'not_required' })),
    policy: { profile: 'strict' },
    of: 'x',
    expect: { lacks: ['missing_decision'] },
  },
  ...required('missing_approval', 'decision.approver', {
    'decision.outcome': 'escalate',
    'decision.approver.id': 'lea@contoso.com',
  }),
  {
    code: 'missing_approval',
    says: 'a refund ran under allow without one',
    trace: asked({}, { ...MAIL, 'decision.outcome': 'allow' }),
    policy: rule({ require: ['decision.approver'] }),
    of: T,
    expect: { findings: ['missing_approval'], verdict: 'separated' },
  },
  {
    code: 'missing_approval',
    says: 'An action that was denied needs no approver.',
    trace: asked({}, { ...MAIL, 'decision.outcome': 'deny', outcome: 'denied' }),
    policy: rule({ require: ['decision.approver'] }),
    of: T,
    expect: { findings: [], outcome: 'denied' },
  },
  ...required('missing_correlation', 'correlation', { 'correlation.id': 'c-1' }),
  ...required('missing_authority', 'authority', { 'authority.id': 'grant-42', 'authority.type': 'oauth' }),
  {
    code: 'missing_authority',
    says: 'a schedule or a standing policy is an authority too',
    trace: asked({}, { ...MAIL, 'authority.type': 'schedule' }),
    policy: rule({ require: ['authority'] }),
    of: T,
    expect: { findings: [] },
  },
  ...required('missing_credential', 'context.credential', { 'context.credential.id': 'key-7f3a' }),
  {
    code: 'missing_credential',
    says: 'A target that needs no login: credential type none.',
    trace: asked({}, { ...MAIL, 'context.credential.type': 'none' }),
    policy: rule({ require: ['context.credential'] }),
    of: T,
    expect: { findings: [] },
  },
  {
    code: 'missing_intent',
    says: LEAVES,
    trace: agent('x', { 'principal.id': 'kai@contoso.com' }),
    of: 'x',
    expect: { findings: ['missing_intent'], verdict: 'separated' },
  },
  {
    code: 'missing_intent',
    says: 'give the intent an id, and leave out its summary',
    trace: agent('x', { 'principal.id': 'kai@contoso.com', 'intent.id': 'intent-1' }),
    of: 'x',
    expect: { findings: [] },
  },
  ...[{}, merge('principal_is_actor'), allow('principal_is_actor')].map((by): Claim => {
    const [trace, code] = [agent('kai@contoso.com', { ...ASKED, ...('rules' in by ? {} : by) }), 'principal_is_actor']
    const isAllowed = Object.keys(by).length > 0
    return {
      code: code as FindingCode,
      says: isAllowed
        ? 'allow: [principal_is_actor] in a policy rule for this agent, or a merge declaration'
        : COLLAPSES,
      trace,
      policy: 'rules' in by ? (by as PolicyOptions) : {},
      of: 'kai@contoso.com',
      expect: isAllowed
        ? { findings: [], allowed: ['principal_is_actor'], verdict: 'declared' }
        : { findings: ['principal_is_actor'], verdict: 'collapsed' },
    }
  }),
  {
    code: 'principal_is_context',
    says: COLLAPSES,
    trace: asked({}, { ...KEY, 'context.credential.subject': 'kai@contoso.com' }),
    of: T,
    expect: { findings: ['principal_is_context'], verdict: 'collapsed' },
  },
  {
    code: 'principal_is_context',
    says: 'allow: [principal_is_context] in a policy rule for the tool',
    trace: asked({}, { ...KEY, 'context.credential.subject': 'kai@contoso.com' }),
    policy: rule({ allow: ['principal_is_context'] }),
    of: T,
    expect: { findings: [], verdict: 'declared' },
  },
  ...(
    [
      ['delegated', 'kai@contoso.com'],
      ['own', 'svc-mail'],
    ] as const
  ).map(([type, subject]): Claim => ({
    code: 'principal_is_context',
    says: 'attribution.context.credential.type = delegated or own',
    trace: asked({}, { ...KEY, 'context.credential.type': type, 'context.credential.subject': subject }),
    of: T,
    expect: { findings: [], verdict: 'separated' },
  })),
  {
    code: 'actor_is_context',
    says: COLLAPSES,
    trace: asked({}, { 'context.id': A }),
    of: T,
    expect: { findings: ['actor_is_context'], verdict: 'collapsed' },
  },
  {
    code: 'actor_is_context',
    says: 'An agent with one credential for its own purpose: credential type own.',
    trace: asked({}, { 'context.id': A, 'context.credential.type': 'own' }),
    of: T,
    expect: { findings: [], verdict: 'separated' },
  },
  {
    code: 'software_as_human',
    says: COLLAPSES,
    trace: asked({ 'principal.id': 'svc-mail@contoso.com' }),
    of: A,
    expect: { findings: ['software_as_human'], verdict: 'collapsed' },
  },
  {
    code: 'software_as_human',
    says: 'set attribution.principal.type = service',
    trace: asked({ 'principal.id': 'svc-mail@contoso.com', 'principal.type': 'service' }),
    of: A,
    expect: { findings: [], verdict: 'separated' },
  },
  {
    code: 'software_as_human',
    says: 'allow: [software_as_human] in a policy rule for the agent',
    trace: asked({ 'principal.id': 'svc-mail@contoso.com' }),
    policy: { rules: [{ agent: A, allow: ['software_as_human'] }] },
    of: A,
    expect: { findings: [], verdict: 'declared' },
  },
  {
    code: 'software_as_human',
    says: "An alias doesn't change what the id looks like.",
    trace: asked({ 'principal.id': 'svc-mail@contoso.com' }),
    policy: { aliases: { 'svc-mail@contoso.com': 'kai@contoso.com' } },
    of: A,
    expect: { findings: ['software_as_human'] },
  },
  {
    code: 'placeholder_identity',
    says: 'It makes the verdict `unknown` if the identity is a principal, actor or context that policy requires',
    trace: agent('x', { 'user.id': 'anonymous', 'intent.summary': 'mail' }),
    of: 'x',
    expect: { findings: ['placeholder_identity'], verdict: 'unknown' },
  },
  {
    code: 'placeholder_identity',
    says: 'even if it allows the finding',
    trace: agent('x', { 'user.id': 'anonymous', 'intent.summary': 'mail' }),
    policy: allow('placeholder_identity'),
    of: 'x',
    expect: { findings: [], allowed: ['placeholder_identity'], verdict: 'unknown' },
  },
  {
    code: 'placeholder_identity',
    says: 'Otherwise it leaves the verdict as it is.',
    trace: asked({}, { ...MAIL, 'context.credential.id': 'unknown' }),
    of: T,
    expect: { findings: ['placeholder_identity'], verdict: 'separated' },
  },
  {
    code: 'placeholder_identity',
    says: "leave out who isn't known, and the span says so",
    trace: agent('x', { 'intent.summary': 'mail' }),
    of: 'x',
    expect: { findings: ['missing_principal'] },
  },
  ...(['shared', 'delegated', 'own'] as const).map((type): Claim => {
    const used = (user: string, at: number, toolName: string) =>
      spanWith(
        { start: at },
        agent(
          user,
          { ...ASKED, 'principal.id': `${user}@contoso.com` },
          tool(toolName, { ...KEY, 'context.credential.type': type }),
        ),
      )
    const isShared = type === 'shared'
    return {
      code: 'shared_credential',
      says: isShared
        ? COLLAPSES
        : "Use a delegated token for each principal, or say that the credential is the agent's own",
      trace: [used('kai', 1, 'first'), used('lea', 2, 'second')],
      of: 'second',
      expect: isShared ? { findings: ['shared_credential'], verdict: 'collapsed' } : { findings: [] },
    }
  }),
  {
    code: 'undeclared_autonomy',
    says: UNKNOWN,
    trace: agent('nightly-cleanup', { ...ASKED, 'principal.id': 'nightly-cleanup', 'principal.type': 'agent' }),
    of: 'nightly-cleanup',
    expect: { findings: ['undeclared_autonomy'], verdict: 'unknown' },
  },
  {
    code: 'undeclared_autonomy',
    says: 'declare it in the policy file',
    trace: agent('nightly-cleanup', { ...ASKED, 'principal.id': 'nightly-cleanup', 'principal.type': 'agent' }),
    policy: { rules: [{ agent: 'nightly-cleanup', autonomous: { owner: 'ops-team', trigger: '02:00' } }] },
    of: 'nightly-cleanup',
    expect: { findings: [], verdict: 'declared' },
  },
  {
    code: 'undeclared_autonomy',
    says: 'set attribution.declaration.type = autonomous and attribution.declaration.owner',
    trace: agent('nightly-cleanup', {
      ...ASKED,
      'principal.id': 'nightly-cleanup',
      'principal.type': 'agent',
      'declaration.type': 'autonomous',
      'declaration.owner': 'ops-team',
    }),
    of: 'nightly-cleanup',
    expect: { findings: [], verdict: 'declared' },
  },
  ...[{}, { 'authority.id': 'grant-42' }].map((granted): Claim => ({
    code: 'principal_changed',
    says: 'authority.id' in granted ? 'record its authority on the inner span' : LEAVES,
    trace: agent('supervisor', ASKED, agent('x', { 'principal.id': 'lea@contoso.com', ...granted })),
    of: 'x',
    expect: { findings: 'authority.id' in granted ? [] : ['principal_changed'], verdict: 'separated' },
  })),
  ...(
    [
      [['payer'], true],
      [['planner', 'booker', 'payer'], false],
      [undefined, false],
    ] as const
  ).map(([chain, isCut]): Claim => ({
    code: 'chain_truncated',
    says: isCut ? LEAVES : 'Write attribution.actor.chain as the chain of the caller plus this agent, or leave it out.',
    trace: agent('planner', ASKED, agent('booker', agent('payer', { 'actor.id': 'payer', 'actor.chain': chain }))),
    of: 'payer',
    expect: { findings: isCut ? ['chain_truncated'] : [], verdict: 'separated' },
  })),
  {
    code: 'chain_loop',
    says: 'planner calls booker, which calls planner.',
    trace: agent('planner', ASKED, agent('booker', spanWith({}, { ...agent('planner'), name: 'x' }))),
    of: 'x',
    expect: { findings: ['chain_loop'], verdict: 'separated' },
  },
  ...[1, 2].map((max_depth): Claim => ({
    code: 'chain_loop',
    says: 'raise chain.max_depth',
    trace: agent('planner', ASKED, agent('x')),
    policy: { chain: { max_depth } },
    of: 'x',
    expect: { findings: max_depth === 1 ? ['chain_loop'] : [], verdict: 'separated' },
  })),
  {
    code: 'correlation_changed',
    says: 'A service creates its own correlation id for a request that already has one.',
    trace: agent('a', { ...ASKED, 'correlation.id': 'c-1' }, tool('x', { ...MAIL, 'correlation.id': 'c-2' })),
    of: 'x',
    expect: { findings: ['correlation_changed'], verdict: 'separated' },
  },
  ...[{}, { 'correlation.id': 'c-1' }].map((corr): Claim => ({
    code: 'orphan_effect',
    says: 'correlation.id' in corr ? 'or set attribution.correlation.id on its span' : LEAVES,
    trace: tool('x', { ...ASKED, ...MAIL, ...corr }),
    of: 'x',
    expect: { findings: 'correlation.id' in corr ? [] : ['orphan_effect'], verdict: 'separated' },
  })),
  ...[undefined, 'intent-1'].map((parentId): Claim => ({
    code: 'intent_changed',
    says: parentId === undefined ? LEAVES : 'An intent that was derived from the one above',
    trace: agent(
      'a',
      ASKED,
      agent('x', { 'intent.id': 'intent-2', 'intent.summary': 'mail it', 'intent.parent_id': parentId }),
    ),
    of: 'x',
    expect: { findings: parentId === undefined ? ['intent_changed'] : [], verdict: 'separated' },
  })),
  {
    code: 'unverified_principal',
    says: LEAVES,
    trace: asked({ 'principal.assurance': 'claimed' }),
    of: A,
    expect: { findings: ['unverified_principal'], verdict: 'separated' },
  },
  {
    code: 'unverified_principal',
    says: 'is less certain than policy requires',
    trace: agent('x', { 'user.id': 'kai@contoso.com', 'intent.summary': 'mail' }),
    policy: { assurance: { principal: 'asserted' } },
    of: 'x',
    expect: { findings: ['unverified_principal'], verdict: 'separated' },
  },
  {
    code: 'claim_contradicted',
    says: LEAVES,
    trace: spanWith(
      {
        binding: {
          bound: { principal: { id: 'kai@contoso.com' }, intent: { id: 'i' } },
          carried: { attribution: { principal: { id: 'cfo@contoso.com' } }, assurance: 'claimed' },
        },
      },
      agent('x'),
    ),
    live: true,
    of: 'x',
    expect: { findings: ['claim_contradicted'], verdict: 'separated' },
  },
  {
    code: 'missing_authority',
    says: 'but none is recorded, or only a claimed one.',
    trace: agent('x', { ...ASKED, 'authority.id': 'g', 'authority.assurance': 'claimed' }),
    policy: { require: { agent: ['authority'] } },
    of: 'x',
    expect: { findings: ['missing_authority'], complete: false },
  },
  {
    code: 'missing_decision',
    says: 'but none is recorded, or only a claimed one.',
    trace: agent('x', { ...ASKED, 'decision.outcome': 'allow', 'decision.assurance': 'claimed' }),
    policy: { require: { agent: ['decision'] } },
    of: 'x',
    expect: { findings: ['missing_decision'], complete: false },
  },
  {
    code: 'missing_approval',
    says: 'its decision names no approver, or is only claimed.',
    trace: agent('x', {
      ...ASKED,
      'decision.outcome': 'escalate',
      'decision.approver.id': 'lea',
      'decision.assurance': 'claimed',
    }),
    policy: { require: { agent: ['decision.approver'] } },
    of: 'x',
    expect: { has: ['missing_approval'], complete: false },
  },
  {
    code: 'edge_unbacked',
    says: LEAVES,
    trace: agent('a', ASKED, spanWith({ service: 'other' }, server('POST /', agent('x', ASKED)))),
    of: 'x',
    expect: { findings: ['edge_unbacked'], verdict: 'separated' },
  },
  {
    code: 'conflicting_identity',
    says: 'user.id and enduser.id of one request differ',
    trace: agent('x', { 'user.id': 'kai@contoso.com', 'enduser.id': 'lea@contoso.com', 'intent.summary': 'mail' }),
    of: 'x',
    expect: { findings: ['conflicting_identity'], verdict: 'separated' },
  },
  {
    code: 'record_conflict',
    says: 'It leaves the verdict as it is.',
    trace: spanWith({ again: { ...ASKED, 'span.kind': 'agent', 'actor.id': 'y' } }, agent('x', ASKED)),
    of: 'x',
    expect: { findings: ['record_conflict'], verdict: 'separated' },
  },
  {
    code: 'record_conflict',
    says: 'The worse verdict of the two stands.',
    trace: spanWith(
      { again: { ...ASKED, 'span.kind': 'agent', 'actor.id': 'y', 'app.more': 'z' } },
      agent('x', { ...ASKED, 'actor.id': ASKED['principal.id'] }),
    ),
    of: 'x',
    expect: { findings: ['principal_is_actor', 'record_conflict'], verdict: 'collapsed' },
  },
  {
    code: 'confusable_identity',
    says: LEAVES,
    trace: agent('x', { ...ASKED, 'principal.id': 'kai', 'actor.id': 'k\u0430i' }),
    of: 'x',
    expect: { findings: ['confusable_identity'], verdict: 'separated' },
  },
  {
    code: 'confusable_identity',
    says: 'ids in ASCII such as svc1 and svcl',
    trace: agent('x', { ...ASKED, 'principal.id': 'ana1', 'actor.id': 'anal' }),
    of: 'x',
    expect: { findings: [], verdict: 'separated' },
  },
  {
    code: 'confusable_identity',
    says: 'A name in one alphabet with an address in another',
    trace: agent('x', { ...ASKED, 'principal.id': 'кирилл@example.com' }),
    of: 'x',
    expect: { findings: [], verdict: 'separated' },
  },
  {
    code: 'placeholder_identity',
    says: "or a value that can't be read, such as a list",
    trace: agent('x', { ...ASKED, 'actor.id': ['y'] }),
    of: 'x',
    expect: { findings: ['placeholder_identity'], verdict: 'unknown' },
  },
  ...[{}, { aliases: { cm8x2k: 'kai@contoso.com' } }].map((policy): Claim => ({
    code: 'conflicting_identity',
    says: 'aliases' in policy ? "aliases in the policy say that they're the same" : LEAVES,
    trace: spanWith(
      { binding: { bound: { principal: { id: 'cm8x2k' } } } },
      agent('x', { 'user.id': 'kai@contoso.com', 'intent.summary': 'mail' }),
    ),
    live: true,
    policy,
    of: 'x',
    expect: { findings: 'aliases' in policy ? [] : ['conflicting_identity'], verdict: 'separated' },
  })),
  ...(
    [
      [{ 'decision.outcome': 'deny' }, ['denied_but_executed'], LEAVES],
      [{ 'decision.outcome': 'escalate' }, ['denied_but_executed'], 'Policy denied the action or left it open'],
      [{ 'decision.outcome': 'deny', outcome: 'denied' }, [], 'stop if it is not allow'],
      [{ 'decision.outcome': 'allow' }, [], 'record allow'],
      [{ 'decision.outcome': 'deny', would_deny: true }, [], 'A dry run'],
    ] as const
  ).map(([decision, findings, says]): Claim => ({
    code: 'denied_but_executed',
    says,
    trace: asked({}, { ...MAIL, ...decision }),
    of: T,
    expect: { findings, verdict: 'separated' },
  })),
  ...(
    [
      ['decision_mismatch', { 'decision.binding': 'sha-256:a', 'action.binding': 'sha-256:b' }, true, LEAVES],
      ['decision_mismatch', { 'decision.binding': 'sha-256:b', 'action.binding': 'sha-256:b' }, false, 'modify'],
      ['decision_unavailable', { 'decision.unevaluated': 'the policy server is down' }, true, LEAVES],
      ['decision_unavailable', { 'decision.unevaluated': 'x', outcome: 'denied' }, false, 'at its default, refuse'],
      ['confused_deputy', { 'decision.principal_allowed': false }, true, LEAVES],
      ['confused_deputy', { 'decision.principal_allowed': true }, false, 'but not the principal'],
      ['confused_deputy', { 'decision.principal_allowed': false, 'decision.approver.id': 'lea' }, false, 'An approval'],
    ] as const
  ).map(([code, told, stands, says]): Claim => ({
    code,
    says,
    trace: asked({}, { ...MAIL, ...(code === 'decision_unavailable' ? {} : { 'decision.outcome': 'allow' }), ...told }),
    of: T,
    expect: { findings: stands ? [code] : [], verdict: 'separated' },
  })),
  ...[5_000, 900].map((late): Claim => {
    const sent = spanWith(
      { start: 10 },
      tool(T, { ...MAIL, 'decision.outcome': 'allow', 'decision.at': isoAt(10_000 + late) }),
    )
    return {
      code: 'decision_late',
      says: late > 1_000 ? LEAVES : 'Clocks may differ by up to one second.',
      trace: agent(A, ASKED, sent),
      of: T,
      expect: { findings: late > 1_000 ? ['decision_late'] : [], verdict: 'separated' },
    }
  }),
  ...[5_000, 900].map((late): Claim => {
    const grant = { 'authority.id': 'grant-42', 'authority.expires_at': isoAt(10_000 - late) }
    return {
      code: 'authority_expired',
      says: late > 1_000 ? LEAVES : 'Clocks may differ by up to one second here, too.',
      trace: agent(A, ASKED, spanWith({ start: 10 }, tool(T, { ...MAIL, ...grant }))),
      of: T,
      expect: { findings: late > 1_000 ? ['authority_expired'] : [], verdict: 'separated' },
    }
  }),
  ...(
    [
      [['mail.read', 'mail.send'], 'oauth', ['scope_widened'], LEAVES],
      [['mail.read'], 'oauth', [], 'that the grant of the agent span above'],
      [['mail.read', 'mail.send'], 'mandate', [], 'A grant of another type'],
    ] as const
  ).map(([scopes, type, findings, says]): Claim => {
    const above = { 'authority.id': 'g1', 'authority.type': 'oauth', 'authority.scopes': ['mail.read'] }
    const own = { 'authority.id': 'g2', 'authority.type': type, 'authority.scopes': [...scopes] }
    return {
      code: 'scope_widened',
      says,
      trace: asked(above, { ...MAIL, ...own }),
      of: T,
      expect: { findings, verdict: 'separated' },
    }
  }),
  ...(
    [
      [A, false, ['self_approved'], LEAVES],
      [
        'kai@contoso.com',
        true,
        ['self_approved'],
        'where policy asks for four eyes, by the principal who asked for it',
      ],
      ['kai@contoso.com', false, [], 'where policy asks for four eyes'],
      ['lea@contoso.com', true, [], 'Have someone else approve it'],
    ] as const
  ).map(([approver, four_eyes, findings, says]): Claim => ({
    code: 'self_approved',
    says,
    trace: asked({}, { ...MAIL, 'decision.outcome': 'escalate', 'decision.approver.id': approver }),
    policy: { four_eyes },
    of: T,
    expect: { findings, verdict: 'separated' },
  })),
  {
    code: 'self_approved',
    says: 'outcome not_required, and no approver',
    trace: asked({}, { ...MAIL, 'decision.outcome': 'not_required' }),
    policy: { four_eyes: true },
    of: T,
    expect: { findings: [] },
  },
  ...(
    [
      ['context_divergence', LEAVES, 'separated'],
      ['attribution_rewritten', LEAVES, 'separated'],
      ['token_passthrough', LEAVES, 'separated'],
      ['undelegated_token', COLLAPSES, 'collapsed'],
      ['carrier_invalid', LEAVES, 'separated'],
      ['carrier_replayed', LEAVES, 'separated'],
      ['chain_spliced', LEAVES, 'separated'],
      ['stale_binding', UNKNOWN, 'unknown'],
    ] as const
  ).flatMap(([code, verdictSentence, verdict]): readonly Claim[] =>
    [verdictSentence, 'the audit keeps it where a process recorded it'].map((says) => ({
      code,
      says,
      trace: asked({ findings: [code] }),
      of: A,
      expect: { findings: [code], verdict },
    })),
  ),
]

function pageOf(code: string): string {
  return readFileSync(join(PAGES, `${code}.md`), 'utf8')
}

/** Without the breaks and padding of lines. */
function inOneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ')
}

function saidOf({ trace, policy, live, of }: Claim): Said {
  return (live === true ? judgedLive : judged)(trace, policy)(of)
}

describe.each(FINDING_CODES)('the page of %s', (code) => {
  const claims = CLAIMS.filter((claim) => claim.code === code)

  it.each(claims)('is right that "$says"', (claim) => {
    expect(inOneLine(pageOf(code))).toContain(inOneLine(claim.says))
    const { has = [], lacks = [], ...fields } = claim.expect
    const said = saidOf(claim)
    expect(said).toMatchObject(fields)
    expect(said.findings).toEqual(expect.arrayContaining([...has]))
    expect(said.findings.filter((found) => lacks.includes(found))).toEqual([])
  })

  it('says of the verdict what a trace shows', () => {
    const sentence = /Severity: \w+\. (?<says>It [^.]*\.)/u.exec(inOneLine(pageOf(code)))?.groups?.['says'] ?? ''
    const { verdict: shown } = saidOf(
      claims.find(
        ({ says, expect: { findings = [], has = [] } }) =>
          says.startsWith('It ') || [...findings, ...has].includes(code),
      ) as Claim,
    )
    const word = /`(?<word>\w+)`/u.exec(sentence)?.groups?.['word'] ?? 'separated'
    expect({ sentence, shown }).toEqual({ sentence, shown: word })
  })
})

describe('the index', () => {
  it('names the verdicts of the pages', () => {
    const rows = readFileSync(join(PAGES, 'README.md'), 'utf8').matchAll(
      /^\| \[(?<code>\w+)\]\S+ +\| \w+ +\| (?<verdict>\w*) +\|/gmu,
    )
    const wordOf = (code: string) => /verdict `(?<word>\w+)`/u.exec(inOneLine(pageOf(code)))?.groups?.['word'] ?? ''
    const listed = [...rows].map(({ groups }) => [groups?.['code'], groups?.['verdict']])
    expect(listed).toEqual(FINDING_CODES.map((code) => [code, wordOf(code)]))
  })
  it('is right that a declaration removes only the findings that it names', () => {
    const says = { ...merge('principal_is_actor'), 'intent.id': undefined, 'intent.summary': undefined }
    const said = judged(agent('kai@contoso.com', { ...ASKED, ...says }))('kai@contoso.com')
    expect(said.findings).toEqual(['missing_intent'])
  })
})
