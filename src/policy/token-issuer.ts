/** The formats of tokens that are read: what each claim means in them. */
export const TOKEN_PROFILES = ['oidc', 'rfc8693', 'transaction-token', 'id-jag', 'entra', 'spiffe'] as const
export type TokenProfile = (typeof TOKEN_PROFILES)[number]

/**
 * Algorithms that sign with a private key, as JOSE names them. One that uses the same key for both can't be listed:
 * whoever can check a token could then make one.
 */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number]

/** How often an issuer's tokens say that an actor acts for the user. */
export const ACTOR_EXPRESSIONS = ['never', 'sometimes', 'always'] as const
export type ActorExpression = (typeof ACTOR_EXPRESSIONS)[number]

/** A public key as a JWK (RFC 7517). */
export interface PublicJwk {
  readonly kty: string
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
  readonly key_ops?: readonly string[]
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
}

/** A JWK Set. */
export interface PublicKeys {
  readonly keys: readonly PublicJwk[]
}

/**
 * Which claim says what, where the profile's own doesn't. A claim's name, or a JSON pointer (RFC 6901) to one inside
 * another: `/context/user`.
 */
export interface TokenRoles {
  /** The id of the principal. Default: the profile's. */
  readonly principal?: string
  /** The id of the actor. If this is `sub`, the token has no principal unless `principal` names its claim. Default: the profile's. */
  readonly actor?: string
  /** The scopes: text with spaces, or a list. Default: the profile's. */
  readonly scopes?: string
  /** The id of the grant. Default: the profile's. */
  readonly authority?: string
  /** The correlation id. Default: the profile's. */
  readonly correlation?: string
}

/** Who issues tokens, and how they are checked. */
export interface TokenIssuer {
  /**
   * The token's `iss`, exactly. For transaction tokens without `iss` it's their trust domain (`aud`), and for `spiffe`
   * the trust domain of the SPIFFE ids: `spiffe://example.org`. Default: none; required.
   */
  readonly issuer: string
  /**
   * Where the issuer's public keys come from: an `https:` URL, the path of a file, from the working directory on, or a
   * JWK Set. Keys that a token brings or links to are never used. `http:` is for loopback only. Default: none; required.
   */
  readonly jwks: string | URL | PublicKeys
  /** Whom tokens have to be for: one of these has to be in `aud`, exactly. Default: none; required. */
  readonly audience: string | readonly string[]
  /**
   * The algorithms that the issuer signs with. `EdDSA` and `Ed25519` are different names: list the one that the issuer
   * uses, or both. Default: none; required.
   */
  readonly algorithms: readonly TokenAlgorithm[]
  /** The format of the tokens. Default: none; required. */
  readonly profile: TokenProfile
  /** Which claims say what, where the profile's own don't. Default: the profile's. */
  readonly roles?: TokenRoles
  /**
   * Whether a token of this issuer names the actor that acts for a user. A user's token without an actor is
   * `undelegated_token` where it's `always`, or where it's `sometimes` and the client is listed in `agents`. Default:
   * `never` for `oidc` and `spiffe`, `sometimes` for all others.
   */
  readonly expressesActor?: ActorExpression
  /** The ids of the issuer's clients that are agents. Default: none. */
  readonly agents?: readonly string[]
  /** The longest chain of actors that a token may have. Default: the policy's `chain.max_depth`. */
  readonly maxActors?: number
}
