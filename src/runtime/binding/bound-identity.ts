import { present } from '../../base/attribute-value.ts'
import type { AssuredFacet, Attribution, Principal } from '../../model/attribution.ts'
import type { FindingCode } from '../../model/finding.ts'
import { canonicalId } from '../../identity/identity.ts'
import { isAtLeast } from '../../policy/policy.ts'
import { actorLabel } from '../../resolve/actor-chain.ts'
import { surenessIn } from '../../resolve/lineage.ts'
import type { BoundToken, Carried, Sureness, SurenessOf } from '../../resolve/lineage.ts'
import { areWider } from '../../resolve/scopes.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import { contradiction } from '../../trust/tokens/verified-identity.ts'
import type { BroughtIdentity } from './identity-input.ts'

interface Under {
  readonly identity: BroughtIdentity
  readonly outer: LiveBinding
  /** Whom the app names beside the identity. */
  readonly named: Principal | undefined
}

/** Adds to a binding what only an identity brings: how sure its facets are, its actors, and what is wrong with it. */
export function underIdentity(inside: LiveBinding, { identity, outer, named }: Under): LiveBinding {
  const told = distinct([...(outer.told ?? []), ...contradictions(identity, outer, named)])
  return {
    ...withoutToken(inside),
    agents: withoutNamed(inside.agents, identity.actorChain),
    ...present('sureness', surenessOfAll(inside, identity)),
    ...present('carried', carriedWith(outer.carried, identity)),
    ...present('token', tokenOf(identity, outer)),
    ...present('identity', identity.token?.identity),
    ...(told.length === 0 ? {} : { told }),
  }
}

/** Without the token, for work that isn't done under it. */
export function withoutToken(binding: LiveBinding): LiveBinding {
  if (binding.token === undefined) return binding
  const { token: _, identity: __, ...rest } = binding
  return rest
}

/** How sure the facets are that are still the very same ones. Undefined if none is. */
export function stillSure(sureness: SurenessOf, before: Attribution, now: Attribution): SurenessOf | undefined {
  const kept = Object.entries(sureness).filter(([facet]) => {
    const field = fieldOf(facet as AssuredFacet)
    return before[field] === now[field]
  })
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

function fieldOf(facet: AssuredFacet): keyof Attribution {
  return facet === 'correlation' ? 'correlationId' : facet
}

function surenessOfAll({ bound, sureness }: LiveBinding, identity: BroughtIdentity): SurenessOf | undefined {
  const { isVerified, principal, authority, correlationId } = identity
  if (!isVerified) return sureness
  return {
    ...sureness,
    ...(principal === undefined || bound.principal !== principal ? {} : { principal: VERIFIED }),
    ...(authority === undefined || bound.authority !== authority ? {} : { authority: VERIFIED }),
    ...(correlationId === undefined || bound.correlationId !== correlationId ? {} : { correlation: VERIFIED }),
  }
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

function tokenOf({ token, principal }: BroughtIdentity, { token: around, bound }: LiveBinding): BoundToken | undefined {
  if (token === undefined) return undefined
  const isWidened = around !== undefined && areWider(token.scopes, bound.authority?.scopes)
  return {
    principal,
    fingerprints: distinct([token.fingerprint, ...(around?.fingerprints ?? [])]).slice(0, MAX_FINGERPRINTS),
    isUndelegated: token.isUndelegated,
    isSoftware: token.isSoftware,
    isWidened: isWidened || around?.isWidened === true,
  }
}

/** What an identity says otherwise than the app, or than what is as sure and came with the same work. */
function contradictions(
  { principal, actor, actorChain, correlationId, token }: BroughtIdentity,
  { carried, bound, sureness, identity: around }: LiveBinding,
  named: Principal | undefined,
): readonly FindingCode[] {
  const codes: FindingCode[] = []
  if (principal !== undefined && named !== undefined && isOther(principal.id, named.id))
    codes.push('conflicting_identity')
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
