import type { Actor, Authority, Principal } from '../../model/attribution.ts'

/** What a checked token says. */
export type IdentityFacts = Pick<VerifiedIdentity, keyof VerifiedIdentity> & {
  /** Keyed hashes of what ties tokens of one flow together, by the name of the claim. */
  readonly ties: ReadonlyMap<string, string>
}

/** Nobody outside this file has it, so that `identity.constructor` makes nothing. */
const MAKER = Symbol('maker')

let make: (facts: IdentityFacts) => VerifiedIdentity
let isOne: (value: unknown) => boolean
let tiesIn: (identity: VerifiedIdentity) => ReadonlyMap<string, string>

/**
 * Who asked and what acts, as a token says whose signature was checked in this process. Only a verifier can make one. It
 * can't be changed, and keeps neither the token nor its claims.
 */
export class VerifiedIdentity {
  /** Who asked. Undefined where the token only names software that acts for nobody. */
  readonly principal: Principal | undefined
  /** What acts now: the outermost actor. */
  readonly actor: Actor | undefined
  /**
   * The actors by id, from the first to the one that acts now. The issuer vouches for the last one; it only passes the
   * others on.
   */
  readonly actorChain: readonly string[]
  /** The grant: the token's id, scopes and expiry. */
  readonly authority: Authority
  /** The id of the transaction, where the token has one. */
  readonly correlationId: string | undefined
  /** Names the token without holding it. */
  readonly fingerprint: string
  /** The issuer that policy names. */
  readonly issuer: string
  readonly audience: readonly string[]
  /** The id of the token. */
  readonly jti: string | undefined
  /** ISO 8601. */
  readonly expiresAt: string
  /** A user's token that names no actor, from an issuer that would have named the agent. */
  readonly isUndelegated: boolean
  /** The principal is software, or the token has none. Binding it as a human is a mistake. */
  readonly isSoftware: boolean
  /** The token is bound to a key (`cnf`), and nobody checked here that the sender has it. */
  readonly hasUncheckedProof: boolean
  readonly #ties: ReadonlyMap<string, string>

  private constructor(key: symbol, facts: IdentityFacts) {
    if (key !== MAKER) throw new TypeError('a VerifiedIdentity comes from the verify method of a tokenVerifier')
    this.principal = frozen(facts.principal)
    this.actor = frozen(facts.actor)
    this.actorChain = Object.freeze([...facts.actorChain])
    const { scopes } = facts.authority
    this.authority = Object.freeze({
      ...facts.authority,
      ...(scopes === undefined ? {} : { scopes: Object.freeze([...scopes]) }),
    })
    this.correlationId = facts.correlationId
    this.fingerprint = facts.fingerprint
    this.issuer = facts.issuer
    this.audience = Object.freeze([...facts.audience])
    this.jti = facts.jti
    this.expiresAt = facts.expiresAt
    this.isUndelegated = facts.isUndelegated
    this.isSoftware = facts.isSoftware
    this.hasUncheckedProof = facts.hasUncheckedProof
    this.#ties = facts.ties
    Object.freeze(this)
  }

  static {
    make = (facts) => new VerifiedIdentity(MAKER, facts)
    isOne = (value) => typeof value === 'object' && value !== null && #ties in value
    tiesIn = (identity) => identity.#ties
    Object.freeze(this.prototype)
  }
}

/** For verifiers only. */
export function makeIdentity(facts: IdentityFacts): VerifiedIdentity {
  return make(facts)
}

/**
 * Whether a verifier of this process made the value. A copy, a proxy, an object that inherits from one, and one of
 * another copy of this package aren't.
 */
export function isVerifiedIdentity(value: unknown): value is VerifiedIdentity {
  return isOne(value)
}

/**
 * The claim in which two tokens contradict each other about the flow that they belong to (`txn`, `sid`, ...), or
 * undefined. A claim that only one of them has contradicts nothing.
 */
export function contradiction(one: VerifiedIdentity, other: VerifiedIdentity): string | undefined {
  const tie = differingTie({ ...one, ties: tiesIn(one) }, { ...other, ties: tiesIn(other) })
  return tie === undefined ? undefined : claimOf(tie)
}

type Tied = Pick<IdentityFacts, 'ties' | 'isSoftware'>

/** Software logs in for itself, so that its session isn't that of the user whom it acts for. */
export function differingTie(one: Tied, other: Tied): string | undefined {
  const areOfOneLogin = one.isSoftware === other.isSoftware
  for (const [tie, value] of one.ties) {
    const isComparable = other.ties.has(tie) && (areOfOneLogin || claimOf(tie) === tie)
    if (isComparable && other.ties.get(tie) !== value) return tie
  }
  return undefined
}

/** The claim of a tie. One of a login also has its issuer, behind a blank. */
export function claimOf(tie: string): string {
  return tie.split(' ', 1)[0] ?? tie
}

function frozen<T extends object>(value: T | undefined): T | undefined {
  return value === undefined ? undefined : Object.freeze({ ...value })
}
