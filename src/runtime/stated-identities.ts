import { ATTR } from '../model/names.ts'
import type { Attributes } from '../model/span.ts'
import { canonicalId } from '../rules/identity.ts'
import type { Policy } from '../rules/policy.ts'

/** The attributes that say who: where one of them is replaced, the span says somebody else. */
const IDENTITIES = [
  { key: ATTR.principal.id, assurance: ATTR.principal.assurance },
  { key: ATTR.actor.id, assurance: ATTR.actor.assurance },
  { key: ATTR.context.id, assurance: ATTR.context.assurance },
  { key: ATTR.context.credentialId, assurance: ATTR.context.assurance },
  { key: ATTR.context.credentialSubject, assurance: ATTR.context.assurance },
] as const

/** The identities that a span states, in canonical form; one that we merely inferred is nobody's statement. */
export function identitiesOf(attributes: Attributes, policy: Policy): Identities {
  let identities: Map<string, string> | undefined
  for (const { key, assurance } of IDENTITIES) {
    const value = attributes[key]
    if (typeof value !== 'string' || attributes[assurance] === 'inferred') continue
    identities ??= new Map()
    identities.set(key, policy.alias(canonicalId(value)))
  }
  return identities ?? NO_IDENTITIES
}

export type Identities = ReadonlyMap<string, string>

export const NO_IDENTITIES: Identities = new Map()

/** Whether an identity that stood before is now another. What was added late is enrichment. */
export function isRewritten(before: Identities, attributes: Attributes, policy: Policy): boolean {
  for (const [key, identity] of before) {
    const value = attributes[key]
    if (typeof value === 'string' && policy.alias(canonicalId(value)) !== identity) return true
  }
  return false
}
