import { isOtherIdentity, shortKey } from '../identity/identity.ts'
import type { IdentityKey } from '../identity/identity.ts'
import { shortened } from '../base/shortened.ts'

/** Remembers who first used each credential. */
export interface CredentialLedger {
  /**
   * Whether someone else used the credential first. The first user is never flagged, however often it comes back.
   * `limit`: the length to which the ids on the span may have been cut.
   */
  isSecondUser(credentialId: string, principal: IdentityKey, limit?: number): boolean
}

/** How many credentials are remembered. The one unused for longest is forgotten first. */
const CAPACITY = 10_000
/** Longer ids are kept as their beginning and a digest, so they stay distinct. */
const LONGEST_ID = 64

export function createCredentialLedger(capacity = CAPACITY): CredentialLedger {
  const firstUsers = new Map<string, IdentityKey>()
  return {
    isSecondUser(credentialId, principal, limit) {
      const credential = shortened(credentialId, LONGEST_ID)
      const user = shortKey(principal, LONGEST_ID)
      const first = firstUsers.get(credential) ?? user
      firstUsers.delete(credential)
      firstUsers.set(credential, first)
      if (firstUsers.size > capacity) firstUsers.delete(firstUsers.keys().next().value as string)
      return isOtherIdentity(first, user, limit)
    },
  }
}
