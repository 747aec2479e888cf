import { isOtherIdentity, isSameIdentity } from '../identity/identity.ts'
import type { IdentityKey } from '../identity/identity.ts'
import type { RuleInput } from './rule-input.ts'

/** Whether both exist and name the same identity. */
export function same(a: IdentityKey | undefined, b: IdentityKey | undefined): boolean {
  return a !== undefined && b !== undefined && isSameIdentity(a, b)
}

/** Whether both exist and can't name the same identity, even if one of them was cut. */
export function differ({ resolved }: RuleInput, a: IdentityKey | undefined, b: IdentityKey | undefined): boolean {
  return a !== undefined && b !== undefined && isOtherIdentity(a, b, resolved.valueLimit)
}
