import { describe, expect, it } from 'vitest'
import { SPAN_KIND } from '../../src/model/span.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { facetsOf } from '../../src/judge/stamp.ts'
import { resolveTrace } from '../../src/judge/trace.ts'
import {
  agent,
  ASKED,
  check,
  client,
  failed,
  guardrail,
  spanWith,
  llm,
  mcp,
  plain,
  producer,
  retriever,
  server,
  spansOf,
  tool,
  workflow,
} from './spans.ts'
import type { SpanSpec, GivenAttributes } from './spans.ts'

const POLICY = 'gen_ai.agent.authorization.policy.name'
const inferred = (outcome: string) => ({ decision: outcome, assurance: { decision: 'inferred' } }) as const
const DENIED = { ...inferred('deny'), has: ['denied_but_executed'] } as const
const OPEN = { ...inferred('escalate'), has: ['denied_but_executed'] } as const
const ALLOWED = { ...inferred('allow'), findings: [] } as const
const UNDECIDED = { decision: undefined, findings: [] } as const
const CONTEXT = { 'context.id': 'mail' }

/** An authorization of the proposed convention, with what runs below it. */
function asked(name: string, outcome: string, says: GivenAttributes = {}, ...below: readonly SpanSpec[]): SpanSpec {
  return {
    name,
    says: {
      'gen_ai.operation.name': 'execute_authorization',
      'gen_ai.agent.authorization.outcome': outcome,
      'gen_ai.agent.capability': 'mail.send',
      ...says,
    },
    children: below,
  }
}

function screened(name: string, verdict: string, says: GivenAttributes = {}, ...below: readonly SpanSpec[]): SpanSpec {
  return guardrail(name, { 'gen_ai.guardrail.verdict.type': verdict, ...says }, ...below)
}

describe('the act below a span that records a decision', () => {
  check([
    {
      title: 'is denied',
      trace: agent('a', ASKED, asked('z', 'deny', {}, tool('t', CONTEXT, client('e')))),
      expect: {
        z: { kind: 'guardrail', decision: undefined, findings: [] },
        t: DENIED,
        e: DENIED,
      },
    },
    {
      title: 'is allowed',
      trace: agent('a', ASKED, asked('z', 'allow', {}, tool('t', CONTEXT, client('e')))),
      expect: { t: ALLOWED, e: ALLOWED },
    },
    ...(
      [
        ['warn', 'allow'],
        ['transform', 'modify'],
        ['escalate', 'escalate'],
        ['error', 'escalate'],
        [' Deny ', 'deny'],
        ['not_applicable', 'not_required'],
        ['whatever', undefined],
      ] as const
    ).map(([word, outcome]) => ({
      title: `has the decision ${outcome ?? 'of none'} for "${word}"`,
      trace: agent('a', ASKED, asked('z', word, {}, tool('t', CONTEXT))),
      expect: { t: { decision: outcome } },
    })),
    {
      title: 'has no finding where it failed, as what is refused does',
      trace: agent('a', ASKED, asked('z', 'deny', {}, failed(tool('t', CONTEXT)))),
      expect: { t: { ...inferred('deny'), findings: [] } },
    },
    {
      title: 'is the agent that is started there',
      trace: agent('a', ASKED, asked('z', 'deny', {}, agent('b', tool('t', CONTEXT)))),
      expect: { b: DENIED, t: UNDECIDED },
    },
    {
      title: 'is what is looked up there',
      trace: agent('a', ASKED, asked('z', 'deny', {}, retriever('r'))),
      expect: { r: DENIED },
    },
    {
      title: 'may stand below spans that nobody knows, and below a workflow',
      trace: agent('a', ASKED, asked('z', 'deny', {}, plain('p', workflow('w', tool('t', CONTEXT))))),
      expect: { t: DENIED, w: { decision: undefined } },
    },
    {
      title: 'may be each of several',
      trace: agent('a', ASKED, asked('z', 'deny', {}, tool('t', CONTEXT), tool('u', CONTEXT))),
      expect: { t: DENIED, u: DENIED },
    },
    {
      title: 'is the tool that the decision names',
      trace: agent(
        'a',
        ASKED,
        asked('z', 'deny', { 'gen_ai.tool.name': 't' }, tool('files.t', CONTEXT), tool('u', CONTEXT)),
      ),
      expect: { 'files.t': DENIED, u: UNDECIDED },
    },
    {
      title: 'is the call that the decision names',
      trace: agent(
        'a',
        ASKED,
        asked(
          'z',
          'deny',
          { 'gen_ai.tool.call.id': '1' },
          tool('t', { ...CONTEXT, 'gen_ai.tool.call.id': '1' }),
          tool('u', { ...CONTEXT, 'gen_ai.tool.call.id': '2' }),
        ),
      ),
      expect: { t: DENIED, u: UNDECIDED },
    },
    {
      title: 'is no tool within the tool',
      trace: agent('a', ASKED, asked('z', 'deny', {}, tool('t', CONTEXT, tool('u', CONTEXT)))),
      expect: { t: DENIED, u: UNDECIDED },
    },
    {
      title: 'is the MCP span of the same action too',
      trace: agent(
        'a',
        ASKED,
        asked(
          'z',
          'deny',
          {},
          tool('t', CONTEXT, spanWith({ kind: SPAN_KIND.client }, mcp('m', { 'gen_ai.tool.name': 't' }))),
        ),
      ),
      expect: { t: DENIED, m: { ...inferred('deny'), sameAction: true } },
    },
    {
      title: 'is not what the policy itself asks, on its way to a decision',
      trace: agent('a', ASKED, screened('g', 'deny', {}, llm('l'), client('http'))),
      expect: { l: UNDECIDED, http: { kind: undefined } },
    },
    {
      title: 'is nobody asked by a model',
      trace: agent('a', ASKED, llm('l', asked('z', 'deny')), tool('t', CONTEXT)),
      expect: { l: UNDECIDED, t: UNDECIDED },
    },
    {
      title: 'does not stand beside it',
      trace: agent('a', ASKED, asked('z', 'deny'), tool('t', CONTEXT), agent('b')),
      expect: { a: UNDECIDED, t: UNDECIDED, b: UNDECIDED },
    },
  ])
})

describe('the tool around a span that records a decision', () => {
  check([
    {
      title: 'is denied, and so is what it did after that',
      trace: agent('a', ASKED, tool('t', CONTEXT, client('before'), asked('z', 'deny'), client('after'))),
      expect: { t: DENIED, before: UNDECIDED, after: DENIED },
    },
    {
      title: 'is denied through spans that nobody knows, and through other guardrails',
      trace: agent('a', ASKED, tool('t', CONTEXT, plain('p', guardrail('g', asked('z', 'deny'))))),
      expect: { t: DENIED },
    },
    {
      title: 'is denied by a span that nobody knows otherwise',
      trace: agent('a', ASKED, tool('t', CONTEXT, plain('p', { 'identity.authz.decision': 'deny' }))),
      expect: { p: { kind: undefined }, t: DENIED },
    },
    {
      title: 'is denied by a check that names it, and that is no tool for that',
      trace: agent(
        'a',
        ASKED,
        tool('t', CONTEXT, plain('policy_check', { 'gen_ai.tool.name': 't', 'agent.policy.decision': 'deny' })),
      ),
      expect: { policy_check: { kind: undefined }, t: DENIED },
    },
    {
      title: 'is not meant where an act runs below',
      trace: agent('a', ASKED, tool('t', CONTEXT, asked('z', 'deny', {}, tool('u', CONTEXT)))),
      expect: { t: UNDECIDED, u: DENIED },
    },
    {
      title: 'is not meant where another tool is named',
      trace: agent('a', ASKED, tool('t', CONTEXT, asked('z', 'deny', { 'gen_ai.tool.name': 'u' }))),
      expect: { t: UNDECIDED },
    },
    {
      title: 'is not meant where a model stands between',
      trace: agent('a', ASKED, tool('t', CONTEXT, llm('l', screened('g', 'deny')))),
      expect: { t: UNDECIDED, l: UNDECIDED },
    },
    {
      title: 'is not meant where an agent or a workflow stands between',
      trace: agent('a', ASKED, tool('t', CONTEXT, agent('b', asked('y', 'deny')), workflow('w', asked('z', 'deny')))),
      expect: { t: UNDECIDED, b: UNDECIDED },
    },
    {
      title: 'is not meant by another service that it calls',
      trace: agent('a', ASKED, tool('t', CONTEXT, client('e', server('s', { 'http.route': '/' }, asked('z', 'deny'))))),
      expect: { t: UNDECIDED, e: UNDECIDED },
    },
    {
      title: 'never ran where what refused it lets nothing through',
      trace: spanWith(
        { scope: 'com.anthropic.claude_code.tracing' },
        plain(
          'claude_code.interaction',
          ASKED,
          plain(
            'claude_code.tool',
            { tool_name: 'Bash' },
            plain('claude_code.tool.blocked_on_user', { decision: 'reject', source: 'user_reject' }),
          ),
        ),
      ),
      expect: { 'claude_code.tool': { ...inferred('deny'), outcome: 'denied', findings: [] } },
    },
    {
      title: 'ran where the user accepted',
      trace: plain(
        'claude_code.interaction',
        ASKED,
        plain(
          'claude_code.tool',
          { tool_name: 'Bash' },
          plain('claude_code.tool.blocked_on_user', { decision: 'accept' }),
        ),
      ),
      expect: { 'claude_code.tool': { ...ALLOWED, outcome: 'success' } },
    },
  ])
})

describe('a decision that names the tool call', () => {
  const verdict = (says: GivenAttributes = {}) =>
    plain('apply_guardrail', {
      'gen_ai.operation.name': 'apply_guardrail',
      'microsoft.security.decision.type': 'deny',
      'microsoft.security.target.type': 'tool_call',
      'microsoft.security.target.id': 'call-1',
      'microsoft.security.policy.id': 'dlp',
      'microsoft.security.policy.version': '3',
      ...says,
    })
  const called = (id: string) => ({ ...CONTEXT, 'gen_ai.tool.call.id': id })
  check([
    {
      title: 'is of that call, wherever it stands and whenever it was made',
      trace: agent('a', ASKED, tool('t', called('call-1')), tool('u', called('call-2')), verdict()),
      expect: { a: UNDECIDED, t: DENIED, u: UNDECIDED },
    },
    {
      title: 'is of no other, though it is made below it',
      trace: agent('a', ASKED, tool('t', called('call-2'), verdict())),
      expect: { t: UNDECIDED },
    },
    {
      title: 'is of the tool around it that states no id',
      trace: agent('a', ASKED, tool('t', CONTEXT, verdict())),
      expect: { t: DENIED },
    },
    {
      title: 'says nothing of the act where it looked at what came of it',
      trace: agent(
        'a',
        ASKED,
        tool('t', called('call-1'), verdict({ 'microsoft.security.target.type': 'tool_output' })),
      ),
      expect: { t: UNDECIDED },
    },
    {
      title: 'says nothing of the act where it looked at what a model was told',
      trace: agent('a', ASKED, tool('t', called('call-1'), verdict({ 'microsoft.security.target.type': 'llm_input' }))),
      expect: { t: UNDECIDED },
    },
  ])
})

describe("a decision on the act's own span", () => {
  const rows: readonly [title: string, says: GivenAttributes, outcome: string | undefined][] = [
    ['of the GenAI proposal', { 'gen_ai.agent.authorization.outcome': 'deny' }, 'deny'],
    ['of CoSAI', { 'identity.authz.decision': 'conditional' }, 'allow'],
    ['of AITF', { 'aitf.identity.authz.decision': 'deny' }, 'deny'],
    ['of AgentCore', { 'aws.agentcore.policy.authorization_decision': 'DENY' }, 'deny'],
    [
      'of AgentCore, not where it merely logs',
      { 'aws.agentcore.policy.authorization_decision': 'DENY', 'aws.agentcore.gateway.policy.mode': 'LOG_ONLY' },
      undefined,
    ],
    ["of Microsoft's toolkit", { 'agt.policy.action': 'require_approval', 'agt.policy.stage': 'pre_tool' }, 'escalate'],
    [
      "of Microsoft's toolkit, not once the tool has run",
      { 'agt.policy.action': 'deny', 'agt.policy.stage': 'post_tool' },
      undefined,
    ],
    [
      "of Microsoft's toolkit, by a human",
      { 'agt.policy.action': 'deny', 'agt.approval.outcome': 'approved' },
      'allow',
    ],
    ['of an agent runtime', { 'agent.policy.decision': 'ask' }, 'escalate'],
    ['of Tenuo', { 'tenuo.decision': 'deny' }, 'deny'],
    ['of Tenuo, not where it observes', { 'tenuo.decision': 'deny', 'tenuo.policy.mode': 'observe' }, undefined],
    ['of Microsoft', { 'microsoft.security.decision.type': 'audit' }, 'allow'],
    ['of a guardrail', { 'gen_ai.guardrail.verdict.type': 'modify' }, 'modify'],
    [
      'of a guardrail, before what was done about it',
      { 'gen_ai.guardrail.verdict.type': 'deny', 'gen_ai.guardrail.action.type': 'allow' },
      'deny',
    ],
    ['of a guardrail, by what was done', { 'gen_ai.guardrail.action.type': 'block' }, 'deny'],
    ['of a guardrail, in short', { 'gen_ai.guardrail.verdict': 'BLOCKED' }, 'deny'],
    ['that is no word', { 'gen_ai.guardrail.verdict': true, 'agent.policy.decision': 7 }, undefined],
    [
      'that anybody may mean',
      { decision: 'deny', 'policy.decision': 'deny', 'gen_ai.guardrail.status': 'denied' },
      undefined,
    ],
  ]
  check(
    rows.map(([title, says, decision]) => ({
      title,
      trace: agent('a', ASKED, tool('t', { ...CONTEXT, ...says })),
      expect: { t: { decision, assurance: decision === undefined ? {} : { decision: 'inferred' as const } } },
    })),
  )
  check([
    {
      title: 'passes to its effects',
      trace: agent('a', ASKED, tool('t', { ...CONTEXT, 'tenuo.decision': 'deny' }, producer('e'))),
      expect: { e: DENIED },
    },
    {
      title: 'may be on an effect, a model call and an agent',
      trace: agent(
        'a',
        { ...ASKED, 'identity.authz.decision': 'deny' },
        llm('l', { 'identity.authz.decision': 'deny' }),
        client('e', { ...CONTEXT, 'identity.authz.decision': 'deny' }),
      ),
      expect: { a: DENIED, l: DENIED, e: DENIED },
    },
    {
      title: 'that is about words is of no model call and of no agent, which have several',
      trace: agent(
        'a',
        { ...ASKED, 'gen_ai.guardrail.verdict': 'deny' },
        llm('l', { 'gen_ai.guardrail.verdict': 'deny' }),
      ),
      expect: { a: UNDECIDED, l: UNDECIDED },
    },
    {
      title: 'never ran where AgentCore enforces it',
      trace: agent(
        'a',
        ASKED,
        spanWith(
          { kind: SPAN_KIND.server },
          plain('AgentCore.Gateway.InvokeTool', {
            'tool.name': 'vault___read',
            'aws.agentcore.policy.authorization_decision': 'DENY',
            'aws.agentcore.gateway.policy.mode': 'ENFORCE',
          }),
        ),
      ),
      expect: {
        'AgentCore.Gateway.InvokeTool': { kind: 'tool', context: 'vault___read', outcome: 'denied', findings: [] },
      },
    },
  ])
})

describe('the span of a policy', () => {
  check(
    [
      'identity.authz reports -> mail',
      'agt.policy.evaluate',
      'agt.approval.request',
      'tenuo.authorize',
      'AgentCore.Policy.AuthorizeAction',
    ].map((name) => ({
      title: `${name} is no effect, though it goes out`,
      trace: agent('a', ASKED, tool('t', CONTEXT, client(name))),
      expect: { [name]: { kind: 'guardrail' as const, findings: [] } },
    })),
  )
})

describe('several decisions on one act', () => {
  check([
    {
      title: 'the strictest of several policies holds',
      trace: agent(
        'a',
        ASKED,
        tool('t', CONTEXT, asked('y', 'deny', { [POLICY]: 'p' }), asked('z', 'allow', { [POLICY]: 'q' })),
      ),
      expect: { t: DENIED },
    },
    {
      title: 'the last word of one policy holds',
      trace: agent(
        'a',
        ASKED,
        tool('t', CONTEXT, asked('y', 'deny', { [POLICY]: 'p' }), asked('z', 'allow', { [POLICY]: 'p' })),
      ),
      expect: { t: ALLOWED },
    },
    {
      title: 'the last word holds by time, not by the order in which spans come',
      trace: agent(
        'a',
        ASKED,
        tool(
          't',
          CONTEXT,
          spanWith({ start: 5 }, asked('y', 'deny', { [POLICY]: 'p' })),
          spanWith({ start: 4 }, asked('z', 'allow', { [POLICY]: 'p' })),
        ),
      ),
      expect: { t: DENIED },
    },
    {
      title: 'an escalation is open until somebody approves',
      trace: agent('a', ASKED, tool('t', CONTEXT, asked('z', 'escalate', { [POLICY]: 'p' }))),
      expect: { t: OPEN },
    },
    {
      title: 'an escalation is closed by whoever approves',
      trace: agent(
        'a',
        ASKED,
        tool(
          't',
          CONTEXT,
          asked('z', 'escalate', { [POLICY]: 'p' }),
          plain('agt.approval.request', {
            'agt.policy.rule': 'large',
            'agt.approval.outcome': 'approved',
            'agt.approval.approver': 'lea@contoso.com',
          }),
        ),
      ),
      expect: { t: ALLOWED },
    },
    {
      title: 'whoever approves may not be the agent',
      trace: agent(
        'a',
        ASKED,
        tool(
          't',
          CONTEXT,
          plain('agt.approval.request', { 'agt.approval.outcome': 'approved', 'agt.approval.approver': 'a' }),
        ),
      ),
      expect: { t: { has: ['self_approved'] } },
    },
    {
      title: 'what is recorded twice, around the act and by its call, counts once',
      trace: agent(
        'a',
        ASKED,
        asked('z', 'deny', { 'gen_ai.tool.call.id': '1' }, tool('t', { ...CONTEXT, 'gen_ai.tool.call.id': '1' })),
      ),
      expect: { t: DENIED },
    },
  ])
})

describe('what was recorded elsewhere', () => {
  check([
    {
      title: 'never beats what the span states',
      trace: agent(
        'a',
        ASKED,
        asked('z', 'deny', {}, tool('t', { ...CONTEXT, 'decision.outcome': 'allow' }, client('e'))),
      ),
      expect: {
        t: { decision: 'allow', assurance: { decision: 'asserted' }, findings: [] },
        e: { decision: 'allow', assurance: { decision: 'asserted' }, findings: [] },
      },
    },
    {
      title: 'never beats what the span claims',
      trace: agent(
        'a',
        ASKED,
        tool('t', {
          ...CONTEXT,
          'decision.outcome': 'deny',
          'decision.assurance': 'claimed',
          'tenuo.decision': 'allow',
        }),
      ),
      expect: { t: { decision: 'deny', assurance: { decision: 'claimed' }, has: ['denied_but_executed'] } },
    },
    {
      title: 'never beats what the process bound',
      live: true,
      trace: agent(
        'a',
        ASKED,
        asked(
          'z',
          'deny',
          {},
          spanWith({ binding: { bound: { decision: { outcome: 'allow' } } } }, tool('t', CONTEXT)),
        ),
      ),
      expect: { t: { decision: 'allow', assurance: { decision: 'asserted' }, findings: [] } },
    },
    {
      title: 'stays where what was bound counts for nothing',
      live: true,
      trace: agent(
        'a',
        ASKED,
        asked(
          'z',
          'deny',
          {},
          spanWith({ binding: { bound: { decision: { outcome: 'allow' } }, stale: true } }, tool('t', CONTEXT)),
        ),
      ),
      expect: { t: DENIED },
    },
    {
      title: 'never beats on an effect what its tool states',
      trace: agent(
        'a',
        ASKED,
        tool('t', { ...CONTEXT, 'decision.outcome': 'allow' }, client('e', { 'tenuo.decision': 'deny' })),
      ),
      expect: { e: { decision: 'allow', findings: [] } },
    },
    {
      title: 'gives what a live process had merely inferred its place back',
      trace: agent(
        'a',
        ASKED,
        asked(
          'z',
          'deny',
          {},
          tool('t', {
            ...CONTEXT,
            'decision.outcome': 'allow',
            'decision.assurance': 'inferred',
            judge: 'onbehalf/1 x',
          }),
        ),
      ),
      expect: { t: DENIED },
    },
    {
      title: 'stands on a span that a live process judged, where the trace shows no more',
      trace: agent(
        'a',
        ASKED,
        tool(
          't',
          { ...CONTEXT, 'decision.outcome': 'deny', 'decision.assurance': 'inferred', judge: 'onbehalf/1 x' },
          client('e'),
        ),
      ),
      expect: { t: DENIED, e: DENIED },
    },
    {
      title: 'is the decision that policy requires, unless it asks for a surer one',
      policy: { require: { effect: ['decision'] } },
      trace: agent('a', ASKED, asked('z', 'allow', {}, tool('t', CONTEXT, client('e')))),
      expect: { e: { findings: [] } },
    },
    {
      title: 'is not the decision that policy requires where it asks for a surer one',
      policy: { require: { effect: ['decision'] }, assurance: { decision: 'asserted' } },
      trace: agent('a', ASKED, asked('z', 'allow', {}, tool('t', CONTEXT, client('e')))),
      expect: { e: { findings: ['missing_decision'], complete: false } },
    },
  ])

  it('is stamped with its policy, and with how sure it is', () => {
    const says = { [POLICY]: 'aim/fga', 'gen_ai.agent.authorization.policy.version': '2026.08.1' }
    const spans = spansOf(agent('a', ASKED, asked('z', 'deny', says, tool('t', CONTEXT))))
    const act = resolveTrace(spans, createPolicy(), 'missing').find(({ span }) => span.name === 't')
    expect(act === undefined ? {} : facetsOf(act.resolved)).toMatchObject({
      'attribution.decision.outcome': 'deny',
      'attribution.decision.policy.id': 'aim/fga',
      'attribution.decision.policy.version': '2026.08.1',
      'attribution.decision.assurance': 'inferred',
    })
  })

  it('names the first of several policies that determined it, and no policy called none', () => {
    const says = { 'aws.agentcore.policy.authorization_decision': 'ALLOW' }
    const key = 'aws.agentcore.policy.determining_policies'
    const spans = spansOf([tool('t', { ...says, [key]: ['one', 'two'] }), tool('u', { ...says, [key]: 'none' })])
    const policies = resolveTrace(spans, createPolicy(), 'missing').map(
      ({ resolved }) => resolved.facets.decision?.value.policy,
    )
    expect(policies).toEqual([{ id: 'one' }, undefined])
  })
})
