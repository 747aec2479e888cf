import { boundedChain, boundedList } from '../../base/bounded-chain.ts'
import { memoizeByObject } from '../../base/memoize.ts'
import { fieldOf } from '../../model/attribution.ts'
import type { Actor, AssuredFacet, Attribution, Principal } from '../../model/attribution.ts'
import type { FindingCode } from '../../model/finding.ts'
import { canonicalId } from '../../identity/identity.ts'
import { actorLabel } from '../../resolve/actor-chain.ts'
import { isSurelyIn } from '../../resolve/lineage.ts'
import type { BoundToken, Carried, Sureness, SurenessOf } from '../../resolve/lineage.ts'
import { areWider } from '../../resolve/scopes.ts'
import { attributionIn } from './binding.ts'
import { EMPTY_BINDING } from '../scope/live-binding.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import { contradiction } from '../../trust/tokens/verified-identity.ts'
import type { BroughtIdentity } from './identity-input.ts'

/** What is bound inside an identity. What an outer one said about these facets doesn't count. */
export function boundBy(identity: BroughtIdentity, outer: LiveBinding, named: Principal | undefined): Attribution {
  const { principal: _, authority: __, ...bound } = outer.bound
  const { principal = named, authority, correlationId } = identity
  // The app chose an id of its own for the transaction outside, and it's still the same one.
  const isNamed = bound.correlationId !== undefined && outer.identity?.correlationId === correlationId
  return {
    ...bound,
    ...(principal === undefined ? {} : { principal }),
    ...(authority === undefined ? {} : { authority }),
    ...(correlationId === undefined || isNamed ? {} : { correlationId }),
  }
}

interface Under {
  readonly identity: BroughtIdentity
  readonly outer: LiveBinding
  /** Whom the app names beside the identity. */
  readonly named: Principal | undefined
  readonly bound: Attribution
}

/** The binding of an identity: how sure its facets are, its actors, and what is wrong with it. */
export function underIdentity({ identity, outer, named, bound }: Under): LiveBinding {
  const isFirst = outer.carried === undefined && outer.token === undefined && outer.sureness === undefined
  if (isFirst && outer.agents.length === 0 && named === undefined && isWhole(identity, bound))
    return { ...outer, bound, ...alone(identity) }
  return {
    ...outer,
    bound,
    sureness: surenessOfAll(stillSure(outer, bound), bound, identity),
    ...actorsWith(outer, identity),
    ...tokenWith(outer, identity),
    named: identity.principal && named && { bound: identity.principal, named },
    told: toldOf(identity, outer),
  }
}

/** Whether all of its facets are bound. */
function isWhole({ principal, authority, correlationId = '' }: BroughtIdentity, bound: Attribution): boolean {
  if (principal !== bound.principal || authority !== bound.authority) return false
  return correlationId === '' || correlationId === bound.correlationId
}

/** What it brings where nothing else came in: the same each time. */
const alone = memoizeByObject((identity: BroughtIdentity) => ({
  sureness: surenessOfAll(undefined, identity, identity),
  ...actorsWith(EMPTY_BINDING, identity),
  ...tokenWith(EMPTY_BINDING, identity),
}))

function toldOf(identity: BroughtIdentity, outer: LiveBinding): LiveBinding['told'] {
  const told = distinct([...(outer.told ?? []), ...contradictions(identity, outer)])
  return told.length === 0 ? undefined : told
}

/** Without the token, for work that isn't done under it. To send it on is still to pass it on. */
export function withoutToken(binding: LiveBinding): LiveBinding {
  if (binding.token === undefined) return binding
  return { ...binding, token: onlyReceived(binding.token), identity: undefined }
}

function onlyReceived({ fingerprints }: BoundToken): BoundToken {
  return { principal: undefined, fingerprints, isUndelegated: false, isSoftware: false, isWidened: false }
}

/** How sure the facets are that are still the very same ones. Undefined if none is. */
export function stillSure({ sureness, bound: before }: LiveBinding, now: Attribution): SurenessOf | undefined {
  if (sureness === undefined) return undefined
  const kept = Object.entries(sureness).filter(([facet]) => {
    const field = fieldOf(facet as AssuredFacet)
    return before[field] === now[field]
  })
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

type Held = { readonly [F in 'principal' | 'authority' | 'correlationId']?: Attribution[F] | undefined }

function surenessOfAll(
  sureness: SurenessOf | undefined,
  bound: Held,
  identity: BroughtIdentity,
): SurenessOf | undefined {
  const { isVerified, principal, authority, correlationId } = identity
  if (!isVerified) return sureness
  const of: { -readonly [F in keyof SurenessOf]: SurenessOf[F] } = { ...sureness }
  if (principal !== undefined && bound.principal === principal) of.principal = VERIFIED
  if (authority !== undefined && bound.authority === authority) of.authority = VERIFIED
  if (correlationId !== undefined && bound.correlationId === correlationId) of.correlation = VERIFIED
  return of
}

const VERIFIED: Sureness = { assurance: 'verified' }
/** The signature covers who acts now. Whoever acted before is only named by the one who acts. */
const ENDORSED: Sureness = { assurance: 'asserted', source: 'token' }
const ASSERTED: Sureness = { assurance: 'asserted' }

type Actors = Pick<LiveBinding, 'carried' | 'agents'>

/**
 * The actors of the identity come after those that are known here, because its token was got by the last of them. Some
 * issuers only name who acts now. A token that was got before the last of them began to act says nothing about who acts.
 */
function actorsWith({ carried, agents }: LiveBinding, identity: BroughtIdentity): Actors {
  const { actor, actorChain, isVerified } = identity
  if (actor === undefined) return { carried, agents }
  const last = agents.at(-1)
  // What was spliced together is no chain.
  const known = knownActors(isSpliced({ carried, agents }, identity) ? undefined : carried, agents)
  const isOlder = without(actorChain, known).length === 0 && !isLastOf(known, actorChain.at(-1))
  if (isOlder) {
    if (last === undefined || carried === undefined || isSurely(carried)) return { carried, agents }
    return { carried: carriedWith(carried, last.actor, known, ASSERTED), agents: [last] }
  }
  const chain = boundedChain([...without(known, actorChain), ...actorChain])
  const sureness = isVerified ? (chain.length > 1 ? ENDORSED : VERIFIED) : ASSERTED
  return {
    carried: carriedWith(carried, actor, chain, sureness),
    // The agent that the token names has been entered already: its span is the one of that agent.
    agents: last !== undefined && isLastOf(chain, actorLabel(last.actor)) ? [last] : [],
  }
}

/** What a stranger said of the actors gives way. */
function knownActors(carried: Carried | undefined, agents: LiveBinding['agents']): readonly string[] {
  const sure = isSurely(carried) ? carried : undefined
  if (agents.length === 0) return sure?.attribution.actorChain ?? []
  return attributionIn({ ...EMPTY_BINDING, agents, carried: sure })?.actorChain ?? []
}

function isSurely(carried: Carried | undefined): boolean {
  return carried !== undefined && isSurelyIn(carried, 'actor')
}

/** The entries that aren't in the other chain. */
function without(chain: readonly string[], other: readonly string[]): readonly string[] {
  if (chain.length === 0) return chain
  const known = new Set(other.map(canonicalId))
  return chain.filter((entry) => !known.has(canonicalId(entry)))
}

function isLastOf(chain: readonly string[], entry: string | undefined): boolean {
  const last = chain.at(-1)
  return last !== undefined && entry !== undefined && !isOther(last, entry)
}

function carriedWith(
  outer: Carried | undefined,
  actor: Actor,
  actorChain: readonly string[],
  sureness: Sureness,
): Carried {
  return {
    ...(outer ?? ASSERTED),
    attribution: { ...outer?.attribution, actor, actorChain },
    sureness: { ...outer?.sureness, actor: sureness },
  }
}

/** The fingerprints of more tokens than any request exchanges. The first one, which came in, stays. */
const MAX_FINGERPRINTS = 16

/** An identity without a token is the word of this process: it stands beside the token around it, unless handed over. */
function tokenWith(outer: LiveBinding, { token, principal, authority }: BroughtIdentity): TokenHeld {
  const { token: around, identity, bound } = outer
  if (token === undefined) {
    const { token: kept, identity: checked } = authority === undefined ? outer : withoutToken(outer)
    return { token: kept, identity: checked }
  }
  const isDerived = identity !== undefined && isSameParty(identity.principal, principal)
  const isWidened = isDerived && areWider(token.scopes, bound.authority?.scopes)
  return {
    token: {
      principal,
      fingerprints: boundedList(distinct([token.fingerprint, ...(around?.fingerprints ?? [])]), MAX_FINGERPRINTS),
      isUndelegated: token.isUndelegated,
      isSoftware: token.isSoftware,
      isWidened: isWidened || around?.isWidened === true,
    },
    identity: token.identity,
  }
}

type TokenHeld = Pick<LiveBinding, 'token' | 'identity'>

/** A service that logs in with a token of its own wasn't given the user's token for it. */
function isSameParty(one: Principal | undefined, other: Principal | undefined): boolean {
  return one === undefined || other === undefined ? one === other : !isOther(one.id, other.id)
}

/** What an identity says otherwise than what is as sure and came with the same work. */
function contradictions(identity: BroughtIdentity, outer: LiveBinding): readonly FindingCode[] {
  const { correlationId, token } = identity
  const { carried, bound, sureness, identity: around } = outer
  const codes: FindingCode[] = []
  if (isSpliced(outer, identity)) codes.push('chain_spliced')
  const held = sureness?.correlation === undefined ? surelyCarried(carried) : bound.correlationId
  if (correlationId !== undefined && held !== undefined && held !== correlationId) codes.push('chain_spliced')
  if (around !== undefined && token !== undefined && contradiction(around, token.identity) !== undefined)
    codes.push('chain_spliced')
  return codes
}

/** Some issuers only name who acts now, whom this process knows. */
function isSpliced({ carried, agents }: Actors, { actor, actorChain }: BroughtIdentity): boolean {
  const chain = carried !== undefined && isSurelyIn(carried, 'actor') ? carried.attribution.actorChain : undefined
  if (actor === undefined || chain === undefined || !areSpliced(chain, actorChain)) return false
  return !endsWith(knownActors(carried, agents), actorChain)
}

function surelyCarried(carried: Carried | undefined): string | undefined {
  return carried !== undefined && isSurelyIn(carried, 'correlation') ? carried.attribution.correlationId : undefined
}

function isOther(one: string, other: string): boolean {
  return canonicalId(one) !== canonicalId(other)
}

/** Whether neither chain is the beginning of the other. */
function areSpliced(one: readonly string[], other: readonly string[]): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one]
  return short.some((entry, at) => isOther(entry, long[at] ?? ''))
}

function endsWith(chain: readonly string[], end: readonly string[]): boolean {
  return end.length <= chain.length && end.every((entry, at) => !isOther(entry, chain.at(at - end.length) ?? ''))
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)]
}
