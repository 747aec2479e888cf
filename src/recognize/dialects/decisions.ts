import type { DecisionOutcome } from '../../model/attribution.ts'

type Keys = readonly string[]

/** What was asked: whether something may be done, or whether what is said there may be said. */
export type Asked = 'act' | 'content'

/** How one convention records what its policy said. */
export interface DecisionRow {
  readonly key: string
  readonly of: Asked
  readonly policy?: Keys
  readonly version?: Keys
  readonly approver?: Keys
  /** What the policy was shown: of the input and output of models and tools, not all of it is the act. */
  readonly target?: string
  /** The tool call that it speaks of, by id. */
  readonly call?: string
  /** The key is a common word, and means this on spans of this name alone. RE2 knows the expression. */
  readonly named?: RegExp
  /** Where the policy is merely tried out, what it says is not in force. */
  readonly trial?: Mode
  /** Nothing is done here that the policy refuses. */
  readonly enforced?: Mode | 'always'
}

interface Mode {
  readonly key: string
  readonly value: string
}

const AGENTCORE_MODE = 'aws.agentcore.gateway.policy.mode'
const MICROSOFT = {
  of: 'content',
  policy: ['microsoft.security.policy.id', 'microsoft.security.policy.name'],
  version: ['microsoft.security.policy.version'],
  target: 'microsoft.security.target.type',
  call: 'microsoft.security.target.id',
} as const
const GUARDRAIL = {
  of: 'content',
  policy: [
    'gen_ai.guardrail.security.policy.id',
    'gen_ai.security.policy.id',
    'gen_ai.guardrail.security.policy.name',
    'gen_ai.security.policy.name',
    'gen_ai.guardrail.id',
    'gen_ai.guardrail.component.name',
    'gen_ai.guardrail.name',
  ],
  version: ['gen_ai.guardrail.security.policy.version', 'gen_ai.security.policy.version'],
  target: 'gen_ai.guardrail.target.type',
  call: 'gen_ai.guardrail.target.id',
} as const
const SECURITY = { ...GUARDRAIL, target: 'gen_ai.security.target.type', call: 'gen_ai.security.target.id' } as const

/**
 * The first that says something decides. A verdict comes before the action that was taken on it, and what a human said
 * before the policy that asked them. What is deliberately in none: `policy.decision`, under which gateways and sidecars
 * write of anything; `gen_ai.guardrail.status`, which says whether the guardrail ran.
 */
export const DECISIONS: readonly DecisionRow[] = [
  {
    key: 'gen_ai.agent.authorization.outcome',
    of: 'act',
    policy: ['gen_ai.agent.authorization.policy.name', 'gen_ai.agent.authorization.policy'],
    version: ['gen_ai.agent.authorization.policy.version'],
  },
  ...['identity.authz.', 'aitf.identity.authz.'].map((prefix): DecisionRow => ({
    key: `${prefix}decision`,
    of: 'act',
    policy: [`${prefix}policy_id`],
    version: [`${prefix}policy_version`],
  })),
  {
    key: 'aws.agentcore.policy.authorization_decision',
    of: 'act',
    policy: ['aws.agentcore.policy.determining_policies'],
    trial: { key: AGENTCORE_MODE, value: 'LOG_ONLY' },
    enforced: { key: AGENTCORE_MODE, value: 'ENFORCE' },
  },
  { key: 'agt.approval.outcome', of: 'act', policy: ['agt.policy.rule'], approver: ['agt.approval.approver'] },
  { key: 'agt.policy.action', of: 'act', policy: ['agt.policy.rule', 'agt.policy.name'], target: 'agt.policy.stage' },
  {
    key: 'agent.policy.decision',
    of: 'act',
    policy: ['agent.policy.rule_id', 'agent.policy.id', 'agent.policy.name'],
    version: ['agent.policy.version'],
  },
  { key: 'tenuo.decision', of: 'act', trial: { key: 'tenuo.policy.mode', value: 'observe' } },
  { key: 'tenuo.outcome', of: 'act', named: /^tenuo\.authorize$/u },
  { key: 'decision', of: 'act', named: /^claude_code\.tool\.blocked_on_user$/u, enforced: 'always' },
  { ...MICROSOFT, key: 'microsoft.security.decision.type' },
  { ...SECURITY, key: 'gen_ai.security.decision.type' },
  { ...GUARDRAIL, key: 'gen_ai.guardrail.verdict.type' },
  { ...SECURITY, key: 'gen_ai.security.verdict.type' },
  { ...GUARDRAIL, key: 'gen_ai.guardrail.action.type' },
  { ...SECURITY, key: 'gen_ai.security.action.type' },
  { ...GUARDRAIL, key: 'gen_ai.guardrail.verdict' },
  { ...GUARDRAIL, key: 'gen_ai.guardrail.decision' },
  { ...GUARDRAIL, key: 'gen_ai.guardrail.action' },
]

/**
 * What the words mean, each as `spelled` spells it. What merely warns lets through; what asks somebody, or failed to
 * decide, is open until somebody approves. A word that is not here decides nothing.
 */
export const DECISION_WORDS: Readonly<Record<DecisionOutcome, Keys>> = {
  allow: [
    'accept',
    'accepted',
    'allow',
    'allowed',
    'approve',
    'approved',
    'audit',
    'conditional',
    'grant',
    'granted',
    'log',
    'pass',
    'passed',
    'permit',
    'permitted',
    'warn',
    'warned',
  ],
  deny: ['block', 'blocked', 'denied', 'deny', 'forbid', 'forbidden', 'refuse', 'refused', 'reject', 'rejected'],
  modify: [
    'mask',
    'masked',
    'modified',
    'modify',
    'redact',
    'redacted',
    'rewrite',
    'sanitize',
    'sanitized',
    'transform',
    'transformed',
  ],
  escalate: [
    'ask',
    'error',
    'escalate',
    'escalated',
    'hold',
    'needs_approval',
    'pending',
    'require_approval',
    'requires_approval',
    'review',
  ],
  not_required: ['not_applicable', 'not_required'],
}

/** Of targets and stages: what came of the act, or was said to or by a model, says nothing of whether it may be done. */
export const NOT_THE_ACT = /(?:output|result|response)s?$|^(?:post(?:_|$)|llm|model|prompt|completion|message)/iu

/** The tool that a decision names. */
export const DECIDED_TOOL_KEYS: Keys = ['gen_ai.tool.name', 'agt.tool.name', 'tenuo.tool']
/** The id of a tool call, on the tool's span and on what speaks of it. */
export const CALL_KEYS: Keys = ['gen_ai.tool.call.id', 'ai.toolCall.id', 'tool_use_id']
