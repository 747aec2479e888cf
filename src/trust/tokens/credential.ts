import type { Credential } from '../../model/attribution.ts'
import { fingerprintOf } from './fingerprint.ts'
import { isVerifiedIdentity } from './verified-identity.ts'
import type { VerifiedIdentity } from './verified-identity.ts'

/**
 * The credential to pass to `via` for a call that sends this token: its id is the token's fingerprint, so that a token
 * which was received and is sent on is recognized.
 */
export function credentialOf(
  token: string | VerifiedIdentity,
  { type, subject }: Pick<Credential, 'type' | 'subject'> = {},
): Credential {
  const id = isVerifiedIdentity(token) ? token.fingerprint : fingerprintOf(String(token))
  return { id, ...(type === undefined ? {} : { type }), ...(subject === undefined ? {} : { subject }) }
}
