import { canonicalId, isSameIdentity, principalKey } from '../../identity/identity.ts'
import type { Alias } from '../../identity/identity.ts'
import type { Attribution } from '../../model/attribution.ts'
import { actorLabel } from '../../resolve/actor-chain.ts'

/**
 * Whether two records of one piece of work can't both be true: they name different correlation ids or principals, or
 * chains of actors of which neither continues the other.
 */
export function contradicts(one: Attribution, other: Attribution, alias: Alias): boolean {
  return (
    isOther(one.correlationId, other.correlationId) ||
    isOtherPrincipal(one.principal, other.principal, alias) ||
    isOtherChain(chainIn(one, alias), chainIn(other, alias))
  )
}

function isOther(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other
}

function isOtherPrincipal(one: Attribution['principal'], other: Attribution['principal'], alias: Alias): boolean {
  if (one === undefined || other === undefined) return false
  return !isSameIdentity(principalKey(one.id, one.issuer, alias), principalKey(other.id, other.issuer, alias))
}

function chainIn({ actor, actorChain }: Attribution, alias: Alias): readonly string[] {
  const label = actor === undefined ? undefined : actorLabel(actor)
  const chain = actorChain ?? (label === undefined ? [] : [label])
  return chain.map((entry) => alias(canonicalId(entry)))
}

function isOtherChain(one: readonly string[], other: readonly string[]): boolean {
  const length = Math.min(one.length, other.length)
  return one.slice(0, length).some((entry, at) => entry !== other[at])
}
