import { UNREADABLE } from '../base/attribute-value.ts'
import type { Decision } from '../model/attribution.ts'
import type { BoundAct } from '../resolve/lineage.ts'
import { callHash } from '../identity/call-hash.ts'
import { currentAttribution, currentBinding } from '../runtime/binding/binding.ts'
import type { Checked } from '../runtime/scope/live-binding.ts'
import { identityIn, plainCall } from './call.ts'
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
  readonly checked: Checked | undefined
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
  if (decision === undefined || !hasTerms(decision)) return { ...madeBy(stated), checked: undefined, take: takeNone }
  const now = { decision, principal: principalNow() }
  const { checked } = binding ?? {}
  const isChecked = checked?.decision === decision && checked.principal === now.principal
  const { refusals: why, act } = madeBy(stated ?? (isChecked || decision.binding === undefined ? undefined : implied))
  const made = act?.binding ?? (isChecked ? binding?.act?.binding : undefined)
  const refusals = [
    ...(why.length > 0 ? why : mismatch(decision, made)),
    ...listed(isChecked ? undefined : overdue(decision)),
  ]
  return { refusals, act, checked: now, take: () => (isChecked ? [] : listed(takeUse(decision))) }
}

/** What is known of an act by its call, or why the call can't be read. */
function madeBy(call: CallInput | undefined): Pick<HeldDecision, 'refusals' | 'act'> {
  if (call === undefined) return { refusals: [], act: undefined }
  const hash = hashOf(call)
  return 'is' in hash
    ? { refusals: [], act: { binding: hash.is } }
    : { refusals: [hash.why], act: { binding: UNREADABLE } }
}

/** The decision in force, as checked for what starts now. */
export function checkedNow(): Checked | undefined {
  const decision = currentBinding()?.bound.decision
  return decision === undefined ? undefined : { decision, principal: principalNow() }
}

/** Whoever is bound inside is someone that nothing was decided for. */
function principalNow(): string | undefined {
  try {
    return JSON.stringify(identityIn(currentAttribution()?.principal, 'principal'))
  } catch {
    return undefined
  }
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
