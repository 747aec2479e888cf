import type { Principal } from '../../../model/attribution.ts'
import type { ActorExpression } from '../../../policy/token-issuer.ts'
import type { TokenActor } from '../actor-chain.ts'
import type { Claims } from '../claims.ts'
import type { TokenHeader } from '../compact-token.ts'

/** What tokens of one format look like and mean. */
export interface Profile {
  /** What `typ` may be, in lower case and without `application/`. Empty is a token without one. */
  readonly types: readonly string[]
  readonly expressesActor: ActorExpression
  read(token: TokenView): Reading
}

/** What a profile sees of a token whose signature was checked. */
export interface TokenView {
  readonly header: TokenHeader
  readonly claims: Claims
  /** The issuer that policy names. */
  readonly issuer: string
  /** The one of `aud` that this service goes by. */
  readonly audience: string
  /** The actors of `act`, from the first to the one that acts now. */
  readonly actors: readonly TokenActor[]
  /** Whether a client of the issuer is an agent, by policy. */
  isAgent(client: string): boolean
}

/** What a token says in the words of attribution. */
export interface Reading {
  readonly principal: Principal | undefined
  /** From the first to the one that acts now. */
  readonly actors: readonly TokenActor[]
  readonly authorityId: string | undefined
  /** Undefined if the token has no claim for them. Then it isn't known what it covers, which is not to say nothing. */
  readonly scopes: readonly string[] | undefined
  readonly correlationId: string | undefined
  /** The subject is software. */
  readonly isSoftware: boolean
  /** The client that the token was issued to. It isn't an actor by itself. */
  readonly client: string | undefined
}
