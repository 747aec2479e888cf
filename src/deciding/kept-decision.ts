import { createHash } from 'node:crypto'
import { knownTimeOf } from '../base/known-time.ts'
import type { Decision } from '../model/attribution.ts'
import { fault } from '../runtime/health/fault.ts'
import { processState } from '../runtime/health/process-state.ts'

/** Whether a decision says how far it reaches. */
export function hasTerms({ binding, expiresAt, uses }: Decision): boolean {
  return binding !== undefined || expiresAt !== undefined || uses !== undefined
}

/** Why a decision lets nothing through any more, whatever the call. Undefined if it does. */
export function overdue(decision: Decision, now = Date.now()): string | undefined {
  const { expiresAt, uses } = decision
  if (expiresAt !== undefined) {
    const end = knownTimeOf(expiresAt)
    if (end === undefined) return 'the decision says when it expires in no known form. Write ISO 8601.'
    if (now >= end) return `the decision expired at ${new Date(end).toISOString()}. Ask for another one.`
  }
  if (uses === undefined || (state.used.get(keyOf(decision))?.times ?? 0) < uses) return undefined
  return `the decision was made for ${uses} ${uses === 1 ? 'use' : 'uses'}, and all are used up. Ask for another one.`
}

/**
 * Uses a decision once. Undefined if that is allowed, otherwise why not. A use counts when the act starts, whether or
 * not it succeeds: nobody could tell how far it got.
 */
export function takeUse(decision: Decision, now = Date.now()): string | undefined {
  const why = overdue(decision, now)
  if (why !== undefined || decision.uses === undefined) return why
  const key = keyOf(decision)
  const known = state.used.get(key)
  if (known === undefined && state.used.size >= MAX_KEPT) forgetExpired(now)
  // To forget one would allow it again.
  if (known === undefined && state.used.size >= MAX_KEPT) {
    fault('guard', 'the uses of too many decisions would have to be remembered')
    return 'too many decisions with uses are in force in this process. Give each an expiresAt.'
  }
  state.used.set(key, { times: (known?.times ?? 0) + 1, until: knownTimeOf(decision.expiresAt) ?? Infinity })
  return undefined
}

const MAX_KEPT = 10_000

interface Used {
  readonly times: number
  /** Milliseconds since the Unix epoch. */
  readonly until: number
}

const state = processState('uses of decisions', () => ({ used: new Map<string, Used>() }))

function forgetExpired(now: number): void {
  for (const [key, { until }] of state.used) if (until <= now) state.used.delete(key)
}

function keyOf({ id, binding, approver, at, policy }: Decision): string {
  // Who approved decides for the call itself, whatever policy is asked beside it.
  const by = approver === undefined ? policy?.id : approver.id
  const named = id === undefined ? [binding, approver !== undefined, by, at] : [id]
  return createHash('sha256').update(JSON.stringify(named)).digest('base64url')
}
