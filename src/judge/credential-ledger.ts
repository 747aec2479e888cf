import { isOtherIdentity, shortKey } from '../identity/identity.ts'
import type { IdentityKey } from '../identity/identity.ts'
import { shortened } from '../base/shortened.ts'

/** Remembers whom a credential was first used for. */
export interface CredentialLedger {
  /**
   * Whether somebody else used the credential first. The first user is never flagged, however often it comes back.
   * `limit`: what the ids on the span may have been cut to.
   */
  isSecondUser(credentialId: string, principal: IdentityKey, limit?: number): boolean
}

/** Credentials that are remembered; the one longest unused is forgotten first. */
const CAPACITY = 10_000
/** The ids are told apart all the same: a longer one is kept as its beginning and a digest. */
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
