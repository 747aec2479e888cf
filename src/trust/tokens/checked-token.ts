import { present } from '../../base/attribute-value.ts'
import { withoutSecrets } from '../../base/secret.ts'
import type { ActorExpression, TokenIssuer } from '../../policy/token-issuer.ts'
import { actorsIn } from './actor-chain.ts'
import { isoTime } from './checks.ts'
import { CLAIM, missing } from './claims.ts'
import type { Claims } from './claims.ts'
import type { TokenHeader } from './compact-token.ts'
import { fingerprintOf, keyed } from './fingerprint.ts'
import { PROFILES } from './profiles/index.ts'
import type { Reading } from './profiles/profile.ts'
import { withRoles } from './roles.ts'
import type { IdentityFacts } from './verified-identity.ts'

/** A token whose signature, times and audience hold. */
export interface CheckedToken {
  readonly token: string
  readonly header: TokenHeader
  readonly claims: Claims
  readonly issuer: TokenIssuer
  /** The one of `aud` that was expected. */
  readonly audience: string
  readonly maxActors: number
}

/** What the token says, by the profile and the roles of its issuer. */
export function readingOf({ header, claims, issuer, audience, maxActors }: CheckedToken): Reading {
  const agents = issuer.agents ?? []
  const reading = PROFILES[issuer.profile].read({
    header,
    claims,
    issuer: issuer.issuer,
    audience,
    actors: actorsIn(claims, issuer.issuer, maxActors),
    isAgent: (client) => agents.includes(client),
  })
  const read = issuer.roles === undefined ? reading : withRoles(reading, claims, issuer.issuer, issuer.roles)
  if (read.principal === undefined && read.actors.length === 0) missing(issuer.roles?.principal ?? CLAIM.subject)
  return read
}

export function factsOf(checked: CheckedToken, reading: Reading): IdentityFacts {
  const { token, claims, issuer } = checked
  const expiresAt = isoTime(claims.time(CLAIM.expiry) ?? missing(CLAIM.expiry))
  const { authorityId, scopes } = reading
  return {
    principal: reading.principal,
    actor: reading.actors.at(-1),
    actorChain: reading.actors.map(({ id }) => id),
    authority: { ...present('id', authorityId), type: 'oauth', ...present('scopes', scopes), expiresAt },
    correlationId: reading.correlationId,
    fingerprint: fingerprintOf(token),
    issuer: issuer.issuer,
    audience: claims.audience().map(withoutSecrets),
    jti: claims.text(CLAIM.id),
    expiresAt,
    isUndelegated: isUndelegated(reading, issuer),
    isSoftware: reading.isSoftware || reading.principal === undefined,
    hasUncheckedProof: claims.value(CLAIM.confirmation) !== undefined,
    ties: tiesIn(claims, issuer.issuer),
  }
}

function isUndelegated(reading: Reading, { agents = [], expressesActor, profile }: TokenIssuer): boolean {
  const isBareUser = reading.principal !== undefined && !reading.isSoftware && reading.actors.length === 0
  const expresses: ActorExpression = expressesActor ?? PROFILES[profile].expressesActor
  if (!isBareUser || expresses === 'never') return false
  return expresses === 'always' || (reading.client !== undefined && agents.includes(reading.client))
}

const TIES = [CLAIM.transaction, CLAIM.mission, CLAIM.session, CLAIM.authTime] as const

/** A session is unique at its issuer alone, where the user logged in: at another one it's another login. */
const OF_ISSUER: ReadonlySet<string> = new Set([CLAIM.session, CLAIM.authTime])

/** What two tokens of one flow agree in. It's only compared, so only a keyed hash is kept. */
function tiesIn(claims: Claims, issuer: string): ReadonlyMap<string, string> {
  return new Map(
    TIES.flatMap((claim) => {
      const value = claims.value(claim)
      if (typeof value !== 'string' && typeof value !== 'number') return []
      return [[OF_ISSUER.has(claim) ? `${claim} ${issuer}` : claim, keyed(String(value))] as const]
    }),
  )
}
