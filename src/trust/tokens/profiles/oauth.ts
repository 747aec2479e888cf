import type { Principal, PrincipalType } from '../../../model/attribution.ts'
import { CLAIM } from '../claims.ts'
import type { Claims } from '../claims.ts'
import type { Profile, Reading, TokenView } from './profile.ts'

/** An access token with `act` (RFC 8693), as a JWT access token (RFC 9068) or a plain JWT. */
export const RFC8693: Profile = {
  types: ['', 'jwt', 'at+jwt'],
  expressesActor: 'sometimes',
  read: readOAuth,
}

/** An ID token, or an access token of a provider that names no actors (OpenID Connect Core, 2). */
export const OIDC: Profile = {
  types: ['', 'jwt', 'at+jwt'],
  expressesActor: 'never',
  read: readOAuth,
}

/** draft-ietf-oauth-identity-assertion-authz-grant: the client is no substitute for an actor. */
export const ID_JAG: Profile = {
  types: ['oauth-id-jag+jwt'],
  expressesActor: 'sometimes',
  read: readOAuth,
}

/**
 * The subject is the principal, unless the token says that it's an agent which acts for nobody
 * (draft-mora-oauth-entity-profiles; client credentials of a client that policy calls an agent).
 */
function readOAuth(token: TokenView): Reading {
  const { claims, issuer } = token
  const client = clientIn(claims)
  const subject = claims.text(CLAIM.subject)
  const profiles = claims.words(CLAIM.subjectProfile)
  const rest = {
    authorityId: claims.text(CLAIM.id),
    scopes: scopesIn(claims),
    correlationId: claims.text(CLAIM.transaction),
    client,
  }
  if (subject === undefined) return { ...rest, principal: undefined, actors: token.actors, isSoftware: false }
  const actors = token.actors.length === 1 && isSame(token.actors[0], subject, issuer) ? [] : token.actors
  // RFC 9068, 2.2: with client credentials, the subject is the client.
  const isOwnClient = subject === client
  const isAgent = profiles.length > 0 ? profiles.includes('ai_agent') : isOwnClient && token.isAgent(subject)
  const type = typeOf(profiles) ?? (isOwnClient ? (isAgent ? 'agent' : 'service') : undefined)
  const isSoftware = type !== undefined && type !== 'human'
  if (isSoftware && isAgent && actors.length === 0)
    return { ...rest, principal: undefined, actors: [{ id: subject, issuer }], isSoftware }
  return { ...rest, principal: principalOf(subject, issuer, type), actors, isSoftware }
}

/** A profile without `user` is software. One that isn't known is not: it's left unstated. */
function typeOf(profiles: readonly string[]): PrincipalType | undefined {
  if (profiles.length === 0) return undefined
  if (profiles.includes('user')) return 'human'
  return profiles.includes('ai_agent') ? 'agent' : 'service'
}

export function principalOf(id: string, issuer: string, type: PrincipalType | undefined): Principal {
  return { id, issuer, ...(type === undefined ? {} : { type }) }
}

function clientIn(claims: Claims): string | undefined {
  return claims.text(CLAIM.client) ?? claims.text(CLAIM.authorizedParty)
}

export function scopesIn(claims: Claims): readonly string[] | undefined {
  return claims.allWords([CLAIM.scope, CLAIM.scp, CLAIM.permissions])
}

function isSame(actor: { readonly id: string; readonly issuer: string } | undefined, id: string, issuer: string) {
  return actor !== undefined && actor.id === id && actor.issuer === issuer
}
