import type { DecisionOutcome } from '../../model/attribution.ts'
import type { DecisionRow } from './decision-row.ts'
import { keysOf } from './fact-keys.ts'
import { vendorsFor } from './index.ts'

export type { Asked, DecisionRow } from './decision-row.ts'

/**
 * The first row with an answer decides. Deliberately in none of them: `policy.decision`, which gateways and sidecars
 * use for anything; `gen_ai.guardrail.status`, which says whether the guardrail ran.
 */
export const DECISIONS: readonly DecisionRow[] = vendorsFor('decisions').flatMap(({ decisions }) => decisions ?? [])

/**
 * What the words mean, each as `spelled` spells it. A mere warning lets the act through. A request for approval, or a
 * failure to decide, is open until someone approves. A word that isn't here decides nothing.
 */
export const DECISION_WORDS: Readonly<Record<DecisionOutcome, readonly string[]>> = {
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

/** Targets and stages that don't tell whether the act is allowed: its result, or what was said to or by a model. */
export const NOT_THE_ACT = /(?:output|result|response)s?$|^(?:post(?:_|$)|llm|model|prompt|completion|message)/iu

/** The tool that a decision names. */
export const DECIDED_TOOL_KEYS: readonly string[] = keysOf('decidedTool')
/** The id of a tool call, on the tool's span and on spans that refer to it. */
export const CALL_KEYS: readonly string[] = keysOf('toolCall')
