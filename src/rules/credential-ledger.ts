import { isSameIdentity } from './identity.ts'
import type { IdentityKey } from './identity.ts'

/** Remembers whom a credential was first used for. */
export interface CredentialLedger {
  /** Whether somebody else used the credential first. The first user is never flagged, however often it comes back. */
  isSecondUser(credentialId: string, principal: IdentityKey): boolean
}

/** Credentials that are remembered; the one longest unused is forgotten first. */
const CAPACITY = 10_000

export function createCredentialLedger(capacity = CAPACITY): CredentialLedger {
  const firstUsers = new Map<string, IdentityKey>()
  return {
    isSecondUser(credentialId, principal) {
      const first = firstUsers.get(credentialId) ?? principal
      firstUsers.delete(credentialId)
      firstUsers.set(credentialId, first)
      if (firstUsers.size > capacity) firstUsers.delete(firstUsers.keys().next().value as string)
      return !isSameIdentity(first, principal)
    },
  }
}
