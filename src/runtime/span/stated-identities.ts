import { ATTR } from '../../model/names.ts'
import type { Attributes } from '../../model/span.ts'
import { canonicalId } from '../../identity/identity.ts'
import type { Policy } from '../../policy/policy.ts'
import { mayBeOne } from '../../base/shortened.ts'

/** The attributes that say who. If one of them is replaced, the span names someone else. */
const IDENTITIES = [
  { key: ATTR.principal.id, assurance: ATTR.principal.assurance },
  { key: ATTR.actor.id, assurance: ATTR.actor.assurance },
  { key: ATTR.context.id, assurance: ATTR.context.assurance },
  { key: ATTR.context.credentialId, assurance: ATTR.context.assurance },
  { key: ATTR.context.credentialSubject, assurance: ATTR.context.assurance },
] as const

/** Stated identities, in the order of `IDENTITIES`. Undefined if not stated. */
export type Identities = readonly (string | undefined)[]

/** The identities that a span states. One that we only inferred isn't a statement. */
export function identitiesOf(attributes: Attributes): Identities {
  return IDENTITIES.map(({ key, assurance }) => {
    const value = attributes[key]
    return typeof value === 'string' && attributes[assurance] !== 'inferred' ? value : undefined
  })
}

export const NO_IDENTITIES: Identities = []

/** Whether an earlier identity has changed. One that was added late is enrichment. */
export function isRewritten(before: Identities, attributes: Attributes, policy: Policy): boolean {
  return before.some((identity, index) => {
    const value = attributes[IDENTITIES[index]?.key ?? '']
    if (identity === undefined || typeof value !== 'string' || value === identity) return false
    // The SDK may have shortened further what we shortened.
    if (mayBeOne(value, identity)) return false
    return policy.alias(canonicalId(value)) !== policy.alias(canonicalId(identity))
  })
}
