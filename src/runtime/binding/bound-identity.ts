import { memoizeByObject } from '../../base/memoize.ts'
import type { AssuredFacet, Attribution, Principal } from '../../model/attribution.ts'
import type { FindingCode } from '../../model/finding.ts'
import { canonicalId } from '../../identity/identity.ts'
import { isAtLeast } from '../../policy/policy.ts'
import { actorLabel } from '../../resolve/actor-chain.ts'
import { surenessIn } from '../../resolve/lineage.ts'
import type { BoundToken, Carried, Sureness, SurenessOf } from '../../resolve/lineage.ts'
import { areWider } from '../../resolve/scopes.ts'
import { EMPTY_BINDING } from '../scope/live-binding.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import { contradiction } from '../../trust/tokens/verified-identity.ts'
import type { BroughtIdentity } from './identity-input.ts'

/** What is bound inside an identity. What an outer one said about these facets doesn't count. */
export function boundBy(identity: BroughtIdentity, outer: LiveBinding, named: Principal | undefined): Attribution {
  const { principal: _, authority: __, ...bound } = outer.bound
  const { principal = named, authority, correlationId } = identity
  return {
    ...bound,
    ...(principal === undefined ? {} : { principal }),
    ...(authority === undefined ? {} : { authority }),
    ...(correlationId === undefined ? {} : { correlationId }),
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
  const given = { bound, agents: withoutNamed(outer.agents, identity.actorChain) }
  if (isFirst && named === undefined && isWhole(identity, bound)) return { ...outer, ...given, ...alone(identity) }
  return {
    ...outer,
    ...given,
    sureness: surenessOfAll(stillSure(outer, bound), bound, identity),
    carried: carriedWith(outer.carried, identity),
    token: tokenOf(identity, outer),
    identity: identity.token?.identity,
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
  carried: carriedWith(undefined, identity),
  token: tokenOf(identity, EMPTY_BINDING),
  identity: identity.token?.identity,
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

function fieldOf(facet: AssuredFacet): keyof Attribution {
  return facet === 'correlation' ? 'correlationId' : facet
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

/** The actors of the identity take the place of those that were brought before. */
function carriedWith(outer: Carried | undefined, identity: BroughtIdentity): Carried | undefined {
  const { actor, actorChain, isVerified } = identity
  if (actor === undefined) return outer
  const sureness = isVerified ? (actorChain.length > 1 ? ENDORSED : VERIFIED) : ASSERTED
  return {
    ...(outer ?? ASSERTED),
    attribution: { ...outer?.attribution, actor, actorChain },
    sureness: { ...outer?.sureness, actor: sureness },
  }
}

/** A token that was exchanged inside an agent names that agent itself. */
function withoutNamed(agents: LiveBinding['agents'], chain: readonly string[]): LiveBinding['agents'] {
  if (agents.length === 0 || chain.length === 0) return agents
  const named = new Set(chain.map(canonicalId))
  return agents.filter(({ actor }) => !named.has(canonicalId(actorLabel(actor) ?? '')))
}

/** The fingerprints of more tokens than any request exchanges. */
const MAX_FINGERPRINTS = 16

function tokenOf(
  { token, principal }: BroughtIdentity,
  { token: around, identity, bound }: LiveBinding,
): BoundToken | undefined {
  if (token === undefined) return around && onlyReceived(around)
  const isDerived = identity !== undefined && isSameParty(identity.principal, principal)
  const isWidened = isDerived && areWider(token.scopes, bound.authority?.scopes)
  return {
    principal,
    fingerprints: distinct([token.fingerprint, ...(around?.fingerprints ?? [])]).slice(0, MAX_FINGERPRINTS),
    isUndelegated: token.isUndelegated,
    isSoftware: token.isSoftware,
    isWidened: isWidened || around?.isWidened === true,
  }
}

/** A service that logs in with a token of its own wasn't given the user's token for it. */
function isSameParty(one: Principal | undefined, other: Principal | undefined): boolean {
  return one === undefined || other === undefined ? one === other : !isOther(one.id, other.id)
}

/** What an identity says otherwise than what is as sure and came with the same work. */
function contradictions(
  { actor, actorChain, correlationId, token }: BroughtIdentity,
  { carried, bound, sureness, identity: around }: LiveBinding,
): readonly FindingCode[] {
  const codes: FindingCode[] = []
  const chain = carried !== undefined && isSure(carried, 'actor') ? carried.attribution.actorChain : undefined
  if (actor !== undefined && chain !== undefined && areSpliced(chain, actorChain)) codes.push('chain_spliced')
  const held = sureness?.correlation === undefined ? surelyCarried(carried) : bound.correlationId
  if (correlationId !== undefined && held !== undefined && held !== correlationId) codes.push('chain_spliced')
  if (around !== undefined && token !== undefined && contradiction(around, token.identity) !== undefined)
    codes.push('chain_spliced')
  return codes
}

function surelyCarried(carried: Carried | undefined): string | undefined {
  return carried !== undefined && isSure(carried, 'correlation') ? carried.attribution.correlationId : undefined
}

function isSure(carried: Carried, facet: AssuredFacet): boolean {
  return isAtLeast(surenessIn(carried, facet).assurance, 'asserted')
}

function isOther(one: string, other: string): boolean {
  return canonicalId(one) !== canonicalId(other)
}

/** Whether neither chain is the beginning of the other. */
function areSpliced(one: readonly string[], other: readonly string[]): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one]
  return short.some((entry, at) => isOther(entry, long[at] ?? ''))
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)]
}
