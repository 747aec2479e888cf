import type { TokenRoles } from '../../policy/token-issuer.ts'
import type { TokenActor } from './actor-chain.ts'
import { CLAIM } from './claims.ts'
import type { Claims } from './claims.ts'
import { principalOf } from './profiles/oauth.ts'
import type { Reading } from './profiles/profile.ts'

/** The reading of a profile, with the claims that policy maps in place of the profile's. */
export function withRoles(reading: Reading, claims: Claims, issuer: string, roles: TokenRoles): Reading {
  return {
    ...reading,
    ...principalBy(claims, issuer, roles),
    ...(roles.actor === undefined ? {} : { actors: actorsBy(reading.actors, claims.text(roles.actor), issuer) }),
    ...(roles.scopes === undefined ? {} : { scopes: claims.allWords([roles.scopes]) }),
    ...(roles.authority === undefined ? {} : { authorityId: claims.text(roles.authority) }),
    ...(roles.correlation === undefined ? {} : { correlationId: claims.text(roles.correlation) }),
  }
}

/** Where `sub` is the actor, it isn't the principal too. */
function principalBy(
  claims: Claims,
  issuer: string,
  roles: TokenRoles,
): Partial<Pick<Reading, 'principal' | 'isSoftware'>> {
  if (roles.principal === undefined) return roles.actor === CLAIM.subject ? { principal: undefined } : {}
  const id = claims.text(roles.principal)
  if (id === undefined) return { principal: undefined }
  return { principal: principalOf(id, issuer, undefined), isSoftware: false }
}

function actorsBy(actors: readonly TokenActor[], id: string | undefined, issuer: string): readonly TokenActor[] {
  if (id === undefined || actors.at(-1)?.id === id) return actors
  return [...actors, { id, issuer }]
}
