import type { Actor, Assurance, ExecutionContext, Principal } from '../model/attribution.ts'
import { isPlaceholderPrincipal, principalKey } from '../identity/identity.ts'
import type { IdentityKey } from '../identity/identity.ts'
import { isAtLeast } from '../policy/policy.ts'
import type { Policy } from '../policy/policy.ts'
import { isTentative } from '../resolve/actor-chain.ts'
import { surenessIn } from '../resolve/lineage.ts'
import type { Binding, Sourced } from '../resolve/lineage.ts'
import { differ } from './compare.ts'
import { keyOf, principalIn } from './rule-input.ts'
import type { RuleInput } from './rule-input.ts'

/** Whether two sources of one facet disagree, and neither is a mere claim against something surer. */
export function hasConflict(given: RuleInput): boolean {
  return isDisputed(given, isConflict)
}

/** Whether a claim disagrees with something surer, which stands. */
export function hasContradictedClaim(given: RuleInput): boolean {
  const { stated, binding } = given.resolved
  // Most spans claim nothing.
  if (!stated.claims && !isClaimCarried(binding)) return false
  return isDisputed(given, isClaimAgainst) || isInheritanceContradicted(given)
}

function isClaimCarried(binding: Binding | undefined): boolean {
  const carried = binding?.carried
  if (carried === undefined) return false
  return carried.assurance === 'claimed' || surenessIn(carried, 'principal').assurance === 'claimed'
}

/** Whether a claim disagrees with what a span above asserts, which stands. */
function isInheritanceContradicted(given: RuleInput): boolean {
  const { stated, binding, facets } = given.resolved
  const { principal, context } = facets
  const isSure = (held: Sourced<unknown> | undefined) => held !== undefined && isAtLeast(held.assurance, 'asserted')
  const carried = binding?.carried
  const claims = [
    ...(stated.principal?.assurance === 'claimed' ? [stated.principal.value] : []),
    ...(carried !== undefined && isClaimCarried(binding) ? [carried.attribution.principal] : []),
  ]
  if (isSure(principal) && claims.some((one) => differ(given, given.principal, keyIn(one, given.policy)))) return true
  const own = stated.context
  if (own?.assurance !== 'claimed' || !isSure(context)) return false
  return isOtherContext(given, own.value, context?.value)
}

/** How sure two sources are that disagree. */
type Counts = (a: Assurance, b: Assurance) => boolean

function isClaimAgainst(a: Assurance, b: Assurance): boolean {
  return (a === 'claimed' && isAtLeast(b, 'asserted')) || (b === 'claimed' && isAtLeast(a, 'asserted'))
}

function isConflict(a: Assurance, b: Assurance): boolean {
  return !isClaimAgainst(a, b)
}

function isDisputed(given: RuleInput, counts: Counts): boolean {
  return isPrincipalDisputed(given, counts) || isActorDisputed(given, counts) || isContextDisputed(given, counts)
}

interface Said {
  readonly key: IdentityKey | undefined
  readonly assurance: Assurance
}

function isPrincipalDisputed(given: RuleInput, counts: Counts): boolean {
  const { resolved, policy } = given
  const { stated, binding, facts } = resolved
  const rival = resolved.facets.principal?.rival
  const isRivalled = rival !== undefined && differ(given, given.principal, keyOfUser(rival, policy))
  if (isRivalled && counts('inferred', 'inferred')) return true
  const own = stated.principal !== undefined && isTentative(stated, stated.principal) ? undefined : stated.principal
  const bound = binding?.bound.principal
  const carried = binding?.carried
  const { user } = facts
  const token = binding?.token?.principal
  // What the process bound is mostly all that is said, and one source contradicts nobody.
  const named = binding?.named?.bound === bound ? binding?.named?.named : undefined
  const others = own ?? carried?.attribution.principal ?? user ?? named ?? (token === bound ? undefined : token)
  if (others === undefined) return false
  const said: Said[] = []
  if (own !== undefined) said.push({ key: principalIn(own, policy), assurance: own.assurance })
  if (bound !== undefined) said.push({ key: keyIn(bound, policy), assurance: 'asserted' })
  if (named !== undefined) said.push({ key: keyIn(named, policy), assurance: 'asserted' })
  if (token !== undefined) said.push({ key: keyIn(token, policy), assurance: 'verified' })
  if (carried !== undefined) {
    const { assurance } = surenessIn(carried, 'principal')
    said.push({ key: keyIn(carried.attribution.principal, policy), assurance })
  }
  if (user !== undefined) said.push({ key: keyIn({ id: user }, policy), assurance: 'inferred' })
  return disagree(given, said, counts)
}

function keyIn(value: Principal | undefined, policy: Policy): IdentityKey | undefined {
  return value && principalIn({ value, assurance: 'asserted' }, policy)
}

/** A user as principals are compared. */
function keyOfUser(id: string, policy: Policy): IdentityKey | undefined {
  return isPlaceholderPrincipal(id) ? undefined : principalKey(id, undefined, policy.alias)
}

/**
 * Inside `asAgent` an agent span is what the process says it is, whatever its dialect calls it: only what the span
 * itself states is held against the dialect's id, and a live process has done so for a span that it judged.
 */
function isActorDisputed(given: RuleInput, counts: Counts): boolean {
  const { resolved, policy } = given
  const { stated, facts } = resolved
  const own = stated.actor
  if (own === undefined || own.value.id === undefined || isTentative(stated, own)) return false
  const ownKey = keyOf(own.value.id, own.value.issuer, policy)
  const bound = boundActorAt(resolved)
  if (differ(given, ownKey, keyOf(bound?.id, bound?.issuer, policy))) return counts(own.assurance, 'asserted')
  const isOfDialect = !stated.judged && differ(given, ownKey, keyOf(facts.namedAgent.id, undefined, policy))
  return isOfDialect && counts(own.assurance, 'inferred')
}

/** The agent entered with `asAgent`, where no further agent stands between it and this span. */
function boundActorAt({ kind, lineage, binding }: RuleInput['resolved']): Actor | undefined {
  const { actors } = lineage
  const bound = binding?.agents.at(-1)
  if (bound === undefined) return undefined
  const isFirstSpan = !actors.agents.includes(bound)
  const isActor = kind === 'agent' ? !actors.hasAgentSpan : actors.actor?.value === bound.actor
  return isFirstSpan || isActor ? bound.actor : undefined
}

function isContextDisputed(given: RuleInput, counts: Counts): boolean {
  const { stated, binding } = given.resolved
  const own = stated.context
  const bound = binding?.bound.context
  if (own === undefined || bound === undefined || own.assurance === 'inferred') return false
  if (!counts(own.assurance, 'asserted')) return false
  return isOtherContext(given, own.value, bound)
}

function isOtherContext(given: RuleInput, one: ExecutionContext, other: ExecutionContext | undefined): boolean {
  const isOther = (a: string | undefined, b: string | undefined) =>
    differ(given, keyOf(a, undefined, given.policy), keyOf(b, undefined, given.policy))
  return isOther(one.id, other?.id) || isOther(one.credential?.id, other?.credential?.id)
}

function disagree(given: RuleInput, said: readonly Said[], counts: Counts): boolean {
  return said.some((a, index) =>
    said.slice(index + 1).some((b) => counts(a.assurance, b.assurance) && differ(given, a.key, b.key)),
  )
}
