import type { Actor, Authority, Principal } from '../../model/attribution.ts'
import { memoizeByObject } from '../../base/memoize.ts'
import { boundedChain, boundedList } from '../../base/bounded-chain.ts'
import { MAX_ENTRIES } from '../../base/shortened.ts'
import { actorLabel } from '../../resolve/actor-chain.ts'
import { isVerifiedIdentity } from '../../trust/tokens/verified-identity.ts'
import type { VerifiedIdentity } from '../../trust/tokens/verified-identity.ts'
import {
  actorFrom,
  authorityFrom,
  BadFacet,
  givenIn,
  isGiven,
  principalFrom,
  state,
  text,
  textList,
} from './facet-input.ts'

/** An identity that no verifier of this process made, such as one that a gateway checked. It binds as `asserted`. */
export interface IdentityInput {
  readonly principal?: string | Principal
  /** Who acts now. Default: the last of `actorChain`. */
  readonly actor?: string | Actor
  /** The first actor first. Default: `actor` alone. */
  readonly actorChain?: readonly string[]
  readonly authority?: Authority
  readonly correlationId?: string
}

/** What an identity says, and whether a verifier of this process checked it. */
export interface BroughtIdentity {
  readonly isVerified: boolean
  readonly principal: Principal | undefined
  readonly actor: Actor | undefined
  readonly actorChain: readonly string[]
  readonly authority: Authority | undefined
  readonly correlationId: string | undefined
  readonly token: TokenFacts | undefined
}

export interface TokenFacts {
  readonly identity: VerifiedIdentity
  readonly fingerprint: string
  readonly isUndelegated: boolean
  readonly isSoftware: boolean
  readonly scopes: readonly string[] | undefined
}

/** Reads the argument `identity`. Throws `BadFacet` if it names neither a principal nor an actor. */
export function identityFrom(input: unknown): BroughtIdentity {
  if (isVerifiedIdentity(input)) return readOnce(input)
  const given = state(input, 'identity')
  const read = <T>(key: keyof IdentityInput, as: (value: unknown) => T): T | undefined => {
    const value = givenIn(given, key)
    return isGiven(value) ? as(value) : undefined
  }
  const principal = read('principal', principalFrom)
  const chain = read('actorChain', (value) => boundedChain(textList(value, 'identity.actorChain')))
  const last = chain?.at(-1)
  const actor = read('actor', actorFrom) ?? (last === undefined ? undefined : { id: last })
  if (principal === undefined && actor === undefined) throw new BadFacet('identity names neither principal nor actor')
  return {
    isVerified: false,
    principal,
    actor,
    actorChain: chain ?? chainOf(actor),
    authority: read('authority', authorityFrom),
    correlationId: read('correlationId', (value) => text(value, 'identity.correlationId')),
    token: undefined,
  }
}

/** An identity can't change, and a service binds the same one again for each step of a request. */
const readOnce = memoizeByObject(verified)

function verified(identity: VerifiedIdentity): BroughtIdentity {
  const { principal, actor, actorChain, authority, correlationId } = identity
  const { fingerprint, isUndelegated, isSoftware } = identity
  return {
    isVerified: true,
    principal,
    actor,
    actorChain,
    authority: boundedAuthority(authority),
    correlationId,
    token: { identity, fingerprint, isUndelegated, isSoftware, scopes: authority.scopes },
  }
}

/** Every span inside has them, and a token may have thousands. */
function boundedAuthority(authority: Authority): Authority {
  const { scopes } = authority
  if (scopes === undefined || scopes.length <= MAX_ENTRIES) return authority
  return { ...authority, scopes: boundedList(scopes, MAX_ENTRIES) }
}

function chainOf(actor: Actor | undefined): readonly string[] {
  const label = actor === undefined ? undefined : actorLabel(actor)
  return label === undefined ? [] : [label]
}
