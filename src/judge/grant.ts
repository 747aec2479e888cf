import type { Authority } from '../model/attribution.ts'

/** Whether an authority grants something: if it only has an empty list of scopes, it says that nothing is granted. */
export function isGrant(authority: Authority | undefined): authority is Authority {
  if (authority === undefined) return false
  const { id, type, expiresAt, scopes } = authority
  return id !== undefined || type !== undefined || expiresAt !== undefined || scopes?.length !== 0
}
