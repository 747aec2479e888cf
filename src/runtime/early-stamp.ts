import { ATTR } from '../model/names.ts'
import type { Attributes } from '../model/span.ts'
import { canonicalId } from '../rules/identity.ts'
import type { Policy } from '../rules/policy.ts'
import type { Stamp } from '../rules/stamp.ts'

/** The attributes that say who: where one of them is replaced, the span says somebody else. */
const IDENTITIES = [
  { key: ATTR.principal.id, assurance: ATTR.principal.assurance },
  { key: ATTR.actor.id, assurance: ATTR.actor.assurance },
  { key: ATTR.context.id, assurance: ATTR.context.assurance },
  { key: ATTR.context.credentialId, assurance: ATTR.context.assurance },
  { key: ATTR.context.credentialSubject, assurance: ATTR.context.assurance },
] as const

/** These are no facets, and a kind on the span would be read back as the app's own statement. */
const NOT_EARLY: ReadonlySet<string> = new Set([ATTR.span.kind, ATTR.span.dialect])

/** What of a stamp is written when the span starts: facets that the app has not stated itself. */
export function earlyStamp(stamp: Stamp, attributes: Attributes): Stamp {
  const early = Object.entries(stamp).filter(([key]) => !NOT_EARLY.has(key) && attributes[key] === undefined)
  return Object.fromEntries(early)
}

/** The identities that a span states, in canonical form; one that we merely inferred is nobody's statement. */
export function identitiesOf(attributes: Attributes, policy: Policy): ReadonlyMap<string, string> {
  const identities = new Map<string, string>()
  for (const { key, assurance } of IDENTITIES) {
    const value = attributes[key]
    if (typeof value !== 'string' || attributes[assurance] === 'inferred') continue
    identities.set(key, policy.alias(canonicalId(value)))
  }
  return identities
}

/** Whether an identity that stood before is now another. What was added late is enrichment. */
export function isRewritten(before: ReadonlyMap<string, string>, attributes: Attributes, policy: Policy): boolean {
  for (const [key, identity] of before) {
    const value = attributes[key]
    if (typeof value === 'string' && policy.alias(canonicalId(value)) !== identity) return true
  }
  return false
}
