import type { Actor } from '../../model/attribution.ts'
import { CLAIM } from './claims.ts'
import type { Claims } from './claims.ts'
import { TokenError } from './token-error.ts'

/** An actor of a token: always with an id, and with the issuer in whose namespace the id is unique. */
export interface TokenActor extends Actor {
  readonly id: string
  readonly issuer: string
}

/**
 * The actors of `act`, from the first to the one that acts now: the nesting in reverse (RFC 8693, 4.1). An actor that
 * names no issuer is one of the token's issuer. A chain that is too deep is refused, because a part of it would be
 * another chain.
 */
export function actorsIn(claims: Claims, issuer: string, most: number): readonly TokenActor[] {
  const actors: TokenActor[] = []
  for (let act = claims.object(CLAIM.actor); act !== undefined; act = act.object(CLAIM.actor)) {
    if (actors.length === most) throw tooDeep(most)
    actors.push({ id: act.text(CLAIM.subject) ?? nameless(), issuer: act.text(CLAIM.issuer) ?? issuer })
  }
  return actors.toReversed()
}

function nameless(): never {
  throw new TokenError('missing_claim', 'An actor in the act of the token has no sub. Its issuer has to fix that.')
}

export function tooDeep(most: number): TokenError {
  return new TokenError(
    'chain_too_deep',
    `The token's chain of actors (act) is longer than ${most}. If such chains are right, raise chain.max_depth of the policy, or maxActors of the issuer.`,
  )
}
