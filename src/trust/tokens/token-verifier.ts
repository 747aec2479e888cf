import type { ActorExpression, PublicKeys, TokenIssuer } from '../../policy/token-issuer.ts'
import { actorsIn } from './actor-chain.ts'
import { CLAIM, missing } from './claims.ts'
import type { Claims } from './claims.ts'
import { readCompactToken } from './compact-token.ts'
import type { CompactToken } from './compact-token.ts'
import { fingerprintOf, keyed } from './fingerprint.ts'
import { InlineKeys } from './keys.ts'
import type { Keys } from './keys.ts'
import { PROFILES } from './profiles/index.ts'
import type { Reading } from './profiles/profile.ts'
import { TokenError } from './token-error.ts'
import { makeIdentity } from './verified-identity.ts'
import type { IdentityFacts, VerifiedIdentity } from './verified-identity.ts'

export interface TokenVerifierOptions {
  /** Whose tokens are accepted, and how they are checked. */
  readonly issuers: readonly TokenIssuer[]
  /** How far clocks may differ, in seconds: at most 60. Default: 5. */
  readonly clockTolerance?: number
}

/** What is expected of one token. */
export interface ExpectedToken {
  /** Whom the token has to be for. Default: the audience of its issuer. */
  readonly audience?: string | readonly string[]
}

export interface TokenVerifier {
  verify(token: string, expected?: ExpectedToken): Promise<VerifiedIdentity>
}

const DEFAULT_MAX_ACTORS = 8
const DEFAULT_TOLERANCE = 5

export function tokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const issuers = options.issuers.map((issuer) => ({ issuer, keys: keysOf(issuer) }))
  const tolerance = options.clockTolerance ?? DEFAULT_TOLERANCE
  return {
    verify: async (token, expected = {}) => {
      const read = readCompactToken(token)
      const found = issuers.find(({ issuer }) => issuer.issuer === read.claims.value(CLAIM.issuer))
      if (found === undefined) throw new TokenError('unknown_issuer', 'No issuer has exactly the iss of this token.')
      const names = { issuer: found.issuer.issuer, kid: read.header.kid }
      try {
        await checkSignature(token, read, found)
        checkTimes(read.claims, tolerance)
        checkAudience(read.claims, expected.audience ?? found.issuer.audience)
        return makeIdentity(factsOf(token, read.claims, found.issuer))
      } catch (error) {
        if (error instanceof TokenError) throw new TokenError(error.code, error.message, names)
        throw error
      }
    },
  }
}

interface KnownIssuer {
  readonly issuer: TokenIssuer
  readonly keys: Keys
}

function keysOf({ jwks }: TokenIssuer): Keys {
  return new InlineKeys(jwks as PublicKeys)
}

async function checkSignature(token: string, { header }: CompactToken, { issuer, keys }: KnownIssuer): Promise<void> {
  const algorithms: readonly string[] = issuer.algorithms
  if (header.alg === undefined || !algorithms.includes(header.alg))
    throw new TokenError('alg_not_allowed', "The token's alg is not in algorithms of its issuer.")
  const key = await keys.keyFor(header)
  const { compactVerify } = await import('jose/jws/compact/verify')
  try {
    await compactVerify(token, key, { algorithms: [header.alg] })
  } catch {
    throw new TokenError(
      'bad_signature',
      'The signature of the token is wrong: it was changed, or signed by another key.',
    )
  }
}

function checkTimes(claims: Claims, tolerance: number): void {
  const now = Date.now() / 1000
  const expiry = claims.time(CLAIM.expiry) ?? missing(CLAIM.expiry)
  if (expiry <= now - tolerance)
    throw new TokenError('expired', `The token expired at ${isoTime(expiry)}. Get a new one from its issuer.`)
  for (const claim of [CLAIM.notBefore, CLAIM.issuedAt]) {
    const time = claims.time(claim)
    if (time !== undefined && time > now + tolerance)
      throw new TokenError(
        'not_yet_valid',
        `The token is valid from ${isoTime(time)} on (${claim}). Check the clocks of this machine and of its issuer.`,
      )
  }
}

function checkAudience(claims: Claims, expected: string | readonly string[]): void {
  const wanted = typeof expected === 'string' ? [expected] : expected
  if (!claims.audience().some((one) => wanted.includes(one)))
    throw new TokenError(
      'wrong_audience',
      'The token is for another service. Ask its issuer for one with this service as aud.',
    )
}

function factsOf(token: string, claims: Claims, issuer: TokenIssuer): IdentityFacts {
  const profile = PROFILES[issuer.profile]
  const agents = issuer.agents ?? []
  const reading = profile.read({
    claims,
    issuer: issuer.issuer,
    actors: actorsIn(claims, issuer.issuer, issuer.maxActors ?? DEFAULT_MAX_ACTORS),
    isAgent: (client) => agents.includes(client),
  })
  if (reading.principal === undefined && reading.actors.length === 0) missing(CLAIM.subject)
  const expiresAt = isoTime(claims.time(CLAIM.expiry) ?? 0)
  const { authorityId, scopes } = reading
  return {
    principal: reading.principal,
    actor: reading.actors.at(-1),
    actorChain: reading.actors.map(({ id }) => id),
    authority: { ...(authorityId === undefined ? {} : { id: authorityId }), type: 'oauth', scopes, expiresAt },
    correlationId: reading.correlationId,
    fingerprint: fingerprintOf(token),
    issuer: issuer.issuer,
    audience: claims.audience(),
    jti: claims.text(CLAIM.id),
    expiresAt,
    isUndelegated: isUndelegated(reading, issuer.expressesActor ?? profile.expressesActor, agents),
    isSoftware: reading.isSoftware,
    hasUncheckedProof: claims.value(CLAIM.confirmation) !== undefined,
    ties: tiesIn(claims),
  }
}

function isUndelegated(reading: Reading, expresses: ActorExpression, agents: readonly string[]): boolean {
  const isBareUser = reading.principal !== undefined && !reading.isSoftware && reading.actors.length === 0
  if (!isBareUser || expresses === 'never') return false
  return expresses === 'always' || (reading.client !== undefined && agents.includes(reading.client))
}

const TIES = [CLAIM.transaction, CLAIM.session, CLAIM.mission, CLAIM.authTime] as const

/** Only compared, so only a keyed hash is kept. */
function tiesIn(claims: Claims): ReadonlyMap<string, string> {
  const present = TIES.flatMap((claim) => {
    const value = claims.value(claim)
    return typeof value === 'string' || typeof value === 'number' ? [[claim, keyed(String(value))] as const] : []
  })
  return new Map(present)
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
