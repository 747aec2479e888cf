import type { TokenIssuer } from '../../policy/token-issuer.ts'
import { CLAIM, missing } from './claims.ts'
import type { Claims } from './claims.ts'
import type { CompactToken } from './compact-token.ts'
import type { Keys } from './keys.ts'
import { TokenError } from './token-error.ts'

/** The signature, by the one key that the token names. Before it holds, nothing that the token says is used. */
export async function checkSignature(
  token: string,
  { header }: CompactToken,
  { algorithms }: TokenIssuer,
  keys: Keys,
): Promise<void> {
  const { alg } = header
  if (alg === undefined || !(algorithms as readonly string[]).includes(alg))
    throw new TokenError(
      'alg_not_allowed',
      `The token's alg is not one that its issuer is known to use: ${algorithms.join(', ')}. If it's right, add it to the issuer's algorithms.`,
    )
  const key = await keys.keyFor(header)
  const { compactVerify } = await import('jose/jws/compact/verify')
  try {
    await compactVerify(token, key, { algorithms: [alg] })
  } catch {
    // What jose throws may hold the claims.
    throw new TokenError(
      'bad_signature',
      'The signature is wrong: the token was changed, or signed with another key. Get a new token from its issuer.',
    )
  }
}

/** `tolerance` in seconds. */
export function checkTimes(claims: Claims, tolerance: number): void {
  const now = Date.now() / 1000
  const expiry = claims.time(CLAIM.expiry) ?? missing(CLAIM.expiry)
  if (expiry <= now - tolerance)
    throw new TokenError('expired', `The token expired at ${isoTime(expiry)}. Get a new one from its issuer.`)
  for (const claim of [CLAIM.notBefore, CLAIM.issuedAt]) {
    const time = claims.time(claim)
    if (time !== undefined && time > now + tolerance)
      throw new TokenError(
        'not_yet_valid',
        `The token's ${claim} is in the future: ${isoTime(time)}. Compare the clocks of this machine and of the issuer.`,
      )
  }
}

/** The one of `aud` that is expected. */
export function checkAudience(claims: Claims, expected: string | readonly string[]): string {
  const wanted = typeof expected === 'string' ? [expected] : expected
  const ours = Array.isArray(wanted) ? claims.audience().find((one) => wanted.includes(one)) : undefined
  if (ours !== undefined) return ours
  throw new TokenError(
    'wrong_audience',
    `The token is for another service: none of its aud is ${JSON.stringify(wanted)}. Have the caller ask for a token for this service, and not pass on its own.`,
  )
}

export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
