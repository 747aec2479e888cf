import { UNREADABLE } from '../base/attribute-value.ts'
import type { Decision } from '../model/attribution.ts'
import type { BoundAct } from '../resolve/lineage.ts'
import { callHash } from '../identity/call-hash.ts'
import { currentBinding } from '../runtime/binding/binding.ts'
import { plainCall } from './call.ts'
import type { CallInput } from './call.ts'
import { hasTerms, overdue, takeUse } from './kept-decision.ts'
import { NotPlain } from './plain-value.ts'

/** The decision in force, held against the call that is about to be made. */
export interface HeldDecision {
  /** Why it doesn't let this call through. */
  readonly refusals: readonly string[]
  /** What is known of the call. */
  readonly act: BoundAct | undefined
  /** The decision, if this is the call that it's for. */
  readonly checked: Decision | undefined
  /** Uses it once. Returns why that isn't allowed. */
  readonly take: () => readonly string[]
}

/**
 * `stated`: undefined if it isn't known, or is the one that was checked around here. `implied`: the call as far as it's
 * known, which only matters to a decision that is bound to one.
 */
export function heldAgainst(stated: CallInput | undefined, implied?: CallInput): HeldDecision {
  const binding = currentBinding()
  const decision = binding?.bound.decision
  const isChecked = decision !== undefined && binding?.checked === decision
  const call = stated ?? (isChecked || decision?.binding === undefined ? undefined : implied)
  const hash = call === undefined ? undefined : hashOf(call)
  const act = hash === undefined ? undefined : { binding: 'is' in hash ? hash.is : UNREADABLE }
  if (decision === undefined || !hasTerms(decision)) {
    return { refusals: hash !== undefined && 'why' in hash ? [hash.why] : [], act, checked: undefined, take: takeNone }
  }
  const made = act?.binding ?? (isChecked ? binding?.act?.binding : undefined)
  const refusals = [
    ...(hash !== undefined && 'why' in hash ? [hash.why] : mismatch(decision, made)),
    ...listed(isChecked ? undefined : overdue(decision)),
  ]
  return { refusals, act, checked: decision, take: () => (isChecked ? [] : listed(takeUse(decision))) }
}

function takeNone(): readonly string[] {
  return []
}

function mismatch({ binding }: Decision, made: string | undefined): readonly string[] {
  if (binding === undefined || binding === made) return []
  return made === undefined
    ? ['the decision is bound to one call, and which call this is was not said. Use decide(), or pass the call.']
    : [MISMATCH]
}

export const MISMATCH =
  'the decision was made for another principal, actor, action or resource, or for other arguments. Ask for one on this call.'

function listed(why: string | undefined): readonly string[] {
  return why === undefined ? [] : [why]
}

function hashOf(call: CallInput): { readonly is: string } | { readonly why: string } {
  try {
    return { is: callHash(plainCall(call)) }
  } catch (error) {
    return { why: error instanceof NotPlain ? `${error.message}.` : 'the call could not be read.' }
  }
}
