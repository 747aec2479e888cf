import type { TokenIssuer } from '../../policy/token-issuer.ts'
import { CLAIM } from './claims.ts'
import type { CompactToken } from './compact-token.ts'
import { keysOf } from './key-places.ts'
import type { Keys } from './keys.ts'
import { PROFILES } from './profiles/index.ts'
import { trustDomainOf } from './profiles/spiffe.ts'
import { TokenError } from './token-error.ts'

export interface KnownIssuer {
  readonly issuer: TokenIssuer
  readonly keys: Keys
}

/** The issuers of options or of a policy, each with its keys. */
export class KnownIssuers {
  readonly #known: readonly KnownIssuer[]

  constructor(issuers: readonly TokenIssuer[]) {
    this.#known = issuers.map((issuer) => ({ issuer: asStated(issuer), keys: keysOf(issuer) }))
  }

  /**
   * The issuer of a token, by names that are exactly equal: look-alikes and other spellings are other issuers. Where
   * several profiles of one issuer have the type of the token, its audience tells which of them it's of.
   */
  of(token: CompactToken, expected?: string | readonly string[]): KnownIssuer {
    const named = this.#named(token)
    if (named.length === 0)
      throw new TokenError(
        'unknown_issuer',
        "No known issuer has exactly the name in the token's iss. If the token is right, add its issuer to issuers; capitals and a slash at the end count.",
      )
    const fitting = named.filter(({ issuer }) => PROFILES[issuer.profile].types.includes(token.header.typ))
    const audience = [token.claims.value(CLAIM.audience)].flat()
    const isMeant = ({ issuer }: KnownIssuer) =>
      [expected ?? issuer.audience].flat().some((one) => audience.includes(one))
    const chosen = fitting.find(isMeant) ?? fitting[0]
    if (chosen !== undefined) return chosen
    const profiles = named.map(({ issuer }) => issuer.profile).join(', ')
    throw new TokenError(
      'wrong_type',
      `The token's typ is not one of the profile of its issuer (${profiles}). Pass the right token, or change the profile.`,
    )
  }

  #named({ claims }: CompactToken): readonly KnownIssuer[] {
    const name = claims.value(CLAIM.issuer)
    const byName = this.#known.filter(({ issuer }) => issuer.issuer === name)
    if (byName.length > 0) return byName
    const domain = trustDomainOf(claims.value(CLAIM.subject))
    const byDomain = this.#known.filter(({ issuer }) => issuer.profile === 'spiffe' && issuer.issuer === domain)
    if (byDomain.length > 0 || name !== undefined) return byDomain
    // A transaction token needs no issuer: its trust domain is whom it's for.
    const audience = [claims.value(CLAIM.audience)].flat()
    return this.#known.filter(
      ({ issuer }) => issuer.profile === 'transaction-token' && audience.includes(issuer.issuer),
    )
  }
}

/** What is left out stays so, even if something puts a value on the prototype of every object. */
function asStated(issuer: TokenIssuer): TokenIssuer {
  const own = bare(issuer)
  return own.roles === undefined ? own : bare({ ...own, roles: bare(own.roles) })
}

function bare<T extends object>(value: T): T {
  return Object.assign(Object.create(null) as T, value)
}
