import { trace } from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import { canonicalId } from '../../identity/identity.ts'
import type { Alias } from '../../identity/identity.ts'
import { fieldOf } from '../../model/attribution.ts'
import type { Actor, Assurance, Attribution } from '../../model/attribution.ts'
import type { FindingCode } from '../../model/finding.ts'
import { isAtLeast } from '../../policy/policy.ts'
import { isSurelyIn, surenessIn } from '../../resolve/lineage.ts'
import type { Carried, Sureness } from '../../resolve/lineage.ts'
import { Boundary, lower } from '../../trust/carriers/admission.ts'
import type { Admitted, Arrival } from '../../trust/carriers/admission.ts'
import { CARRIED_FACETS } from '../../trust/carriers/claims.ts'
import type { CarriedAssurance, CarriedFacet } from '../../trust/carriers/claims.ts'
import { contradicts } from '../../trust/carriers/contradiction.ts'
import type { OpeningKey, SigningKey } from '../../trust/carriers/key.ts'
import { signCarrier } from '../../trust/carriers/signer.ts'
import type { SignedCarrier } from '../../trust/carriers/signer.ts'
import { attributionIn } from '../binding/binding.ts'
import { fault } from '../health/fault.ts'
import type { FaultPlace } from '../health/fault.ts'
import { hint } from '../health/notice.ts'
import { processState } from '../health/process-state.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import { knownResource } from '../span/known-resource.ts'
import type { LiveSpan } from '../span/live-span.ts'

/** How this process signs. */
export interface Signing {
  readonly key: SigningKey
  /** Undefined: the name of the service, as the spans say it. */
  readonly issuer: string | undefined
  /** What the service at a host is called, for those that ask for an audience. */
  readonly audiences: ReadonlyMap<string, string>
}

export interface CarrierSettings {
  readonly signing: Signing | undefined
  readonly boundary: Boundary
  /** What opens carriers that were encrypted to this service. */
  readonly opening: readonly OpeningKey[]
  /** The name of this service, where the settings say it. */
  readonly service: string | undefined
  readonly alias: Alias
}

interface State {
  settings: CarrierSettings
  /** What the spans of this process call it. */
  service: string | undefined
  /** By an object that every binding of one piece of work has: each `via` makes a binding of its own. */
  sent: WeakMap<object, Sent[]>
}

/** A carrier, and what it was made of. */
interface Sent {
  readonly parts: readonly unknown[]
  readonly carrier: SignedCarrier
}

const state = processState<State>('carriers', () => ({
  settings: {
    signing: undefined,
    boundary: new Boundary({ admit: [], names: () => [], remembered: 1, onOverflow: () => {} }),
    opening: [],
    service: undefined,
    alias: (id) => id,
  },
  service: undefined,
  sent: new WeakMap(),
}))

/** Signs and admits as these settings say, from now on. */
export function useCarriers(settings: CarrierSettings): void {
  state.settings = settings
  state.sent = new WeakMap()
  settings.boundary.start()
}

/** What this service is called by its spans. Undefined before the first one was seen. */
export function serviceSeen(): string | undefined {
  return state.service
}

export function isSigning(): boolean {
  return state.settings.signing !== undefined
}

export function openingKeys(): readonly OpeningKey[] {
  return state.settings.opening
}

export function admitsSigned(): boolean {
  return state.settings.boundary.admitsAny
}

/**
 * Whether a value under the name of the carrier is meant as one. Where nothing is signed and nobody is admitted, an app
 * may have an entry of that name itself, such as that of a campaign.
 */
export function isForCarrier(value: unknown): boolean {
  return isSigning() || admitsSigned() || (typeof value === 'string' && /^\s*eyJ[\w-]*\./u.test(value))
}

/** What the services at these hosts are called, if the settings say so for all of them. */
export function audienceAt(hosts: readonly string[]): readonly string[] | undefined {
  const { signing } = state.settings
  if (signing === undefined || signing.audiences.size === 0) return undefined
  const names = hosts.map((host) => signing.audiences.get(host))
  return names.every((name) => name !== undefined) ? [...new Set(names)] : undefined
}

/** How a carrier is to be made. */
export interface Making {
  readonly where: FaultPlace
  /** The attribution, if it's more than what the binding has. */
  readonly attribution?: Attribution
  readonly isActorInferred?: boolean
  readonly trace: string | undefined
  readonly audience: readonly string[] | undefined
  readonly resumable: boolean
  /** In seconds. */
  readonly lifetime: number
  /** In characters. */
  readonly most: number
}

/** The life of a carrier that goes with a request, in seconds. */
export const CALL_LIFETIME = 300

/**
 * The signed carrier of what is bound, made once per binding, trace and audience. Undefined if nothing fits, or this
 * process doesn't sign.
 */
export function signedFor(ctx: Context, binding: LiveBinding, making: Making): string | undefined {
  const { signing } = state.settings
  if (signing === undefined) return undefined
  if (making.resumable) return madeFor(ctx, binding, signing, making)?.text
  const parts = partsOf(binding, making)
  const anchor = binding.bound.principal ?? binding.carried ?? binding.agents
  const known = state.sent.get(anchor) ?? []
  const before = known.find((sent) => isSame(sent.parts, parts))
  if (before !== undefined && isGood(before.carrier, making)) return before.carrier.text
  const carrier = madeFor(ctx, binding, signing, making)
  if (carrier === undefined) return undefined
  const others = known.filter((sent) => sent !== before).slice(1 - MAX_KEPT)
  state.sent.set(anchor, [...others, { parts, carrier }])
  return carrier.text
}

/** Of one piece of work: hosts with audiences of their own, agents that it starts, and traces. */
const MAX_KEPT = 32

/** What a carrier says, as the very objects that were bound. */
function partsOf(
  { bound, agents, carried, sureness }: LiveBinding,
  { trace: made, audience }: Making,
): readonly unknown[] {
  const { principal, intent, authority, correlationId } = bound
  const agent = agents.length === 0 ? undefined : agents
  return [made, audience?.join(' '), principal, intent, authority, correlationId, agent, carried, sureness]
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.every((part, at) => part === other[at])
}

/** It still lives for half of its time, so that the receiver has some. */
function isGood({ text, expiresAt }: SignedCarrier, { lifetime, most }: Making): boolean {
  return text.length <= most && expiresAt - Date.now() / 1_000 > lifetime / 2
}

function madeFor(ctx: Context, binding: LiveBinding, signing: Signing, making: Making): SignedCarrier | undefined {
  const attribution = leaving(making.attribution ?? attributionIn(binding))
  if (attribution === undefined) return undefined
  const { trace: traceId, audience, resumable, lifetime, most } = making
  const issuer = signing.issuer ?? serviceAt(ctx) ?? state.settings.service ?? UNKNOWN_SERVICE
  const assurance = assuranceIn(binding, making.isActorInferred === true)
  const contents = { issuer, attribution, assurance, trace: traceId, audience, resumable, lifetime }
  const made = signCarrier(contents, signing.key, most, Date.now())
  if (made === undefined || made.left.length > 0)
    fault(making.where, `a signed carrier had no room for ${made?.left.join(', ') ?? 'any facet'}`)
  return made
}

/** The part of an attribution that may leave, so that what may not makes no other carrier of it. */
function leaving(attribution: Attribution | undefined): Attribution | undefined {
  if (attribution === undefined) return undefined
  const { context: _, decision: __, declaration: ___, ...facets } = attribution
  return facets
}

/** What the SDK calls a service that nobody named. */
const UNKNOWN_SERVICE = 'unknown_service'

function serviceAt(ctx: Context): string | undefined {
  const span = trace.getSpan(ctx) as Partial<LiveSpan> | undefined
  const resource = span?.resource === undefined ? undefined : knownResource(span.resource)
  const name = resource?.attributes[ATTR_SERVICE_NAME]
  if (typeof name === 'string' && name !== '') state.service = name
  return state.service
}

/** How sure this process is of each facet that it sends. A chain is as sure as its weakest entry. */
function assuranceIn(binding: LiveBinding, isActorInferred: boolean): CarriedAssurance {
  const { carried, agents } = binding
  const of = (facet: CarriedFacet): Assurance => {
    if (facet === 'actor') return actorAssurance(carried, agents, isActorInferred)
    if (binding.bound[fieldOf(facet)] !== undefined) return binding.sureness?.[facet]?.assurance ?? 'asserted'
    return carried === undefined ? 'asserted' : surenessIn(carried, facet).assurance
  }
  return Object.fromEntries(CARRIED_FACETS.map((facet) => [facet, of(facet)]))
}

function actorAssurance(carried: Carried | undefined, agents: LiveBinding['agents'], isInferred: boolean): Assurance {
  const ofCarried = hasActors(carried) ? surenessIn(carried, 'actor').assurance : 'verified'
  const named = carried?.attribution.actor
  // A token may name the very agent that this process's code entered.
  const isNamed = named !== undefined && agents.every(({ actor }) => isSameActor(actor, named))
  const ofOwn = isInferred ? 'inferred' : agents.length === 0 || isNamed ? 'verified' : 'asserted'
  return lower(ofCarried, ofOwn)
}

function isSameActor(one: Actor, other: Actor): boolean {
  const label = ({ id, name = '' }: Actor) => state.settings.alias(canonicalId(id ?? name))
  return label(one) === label(other)
}

function hasActors(carried: Carried | undefined): carried is Carried {
  return carried?.attribution.actor !== undefined || carried?.attribution.actorChain !== undefined
}

/** What a carrier brought, for the binding inside. */
export type Brought = Pick<LiveBinding, 'carried' | 'told'>

export interface Arriving extends Pick<Arrival, 'way' | 'trace' | 'keptWith'> {
  /** What the process holds where it arrived. */
  readonly held: LiveBinding | undefined
  /** The trace that it holds it in. */
  readonly heldIn: string | undefined
  /** Whether what isn't vouched for counts as a claim. If not, it counts as nothing. */
  readonly claims: boolean
  /** What the app itself vouches for, of a store that only this service writes. */
  readonly vouched?: Assurance
}

/** Decides what a signed carrier is worth here. One that is refused brings nothing but the finding. */
export function broughtBy(carrier: unknown, arriving: Arriving): Brought {
  if (typeof carrier !== 'string') return refused('carrier_invalid', 'it is not a text')
  const admitted = state.settings.boundary.admit(carrier.trim(), { ...arriving, now: Date.now() })
  if ('finding' in admitted) return refused(admitted.finding, admitted.reason)
  if (!admitted.isAdmitted && !arriving.claims) return {}
  if (admitted.isAdmitted && isSpliced(admitted, arriving))
    return refused('chain_spliced', 'it contradicts what this process holds for the same work')
  return Object.keys(admitted.attribution).length === 0 ? {} : { carried: carriedFrom(admitted, arriving.vouched) }
}

function refused(finding: FindingCode, reason: string): Brought {
  hint(`a signed carrier was refused: ${reason}`)
  return { told: [finding] }
}

function carriedFrom({ attribution, assurance, said }: Admitted, vouched: Assurance = 'claimed'): Carried {
  const of = (facet: CarriedFacet): Sureness => {
    const own = lower(said[facet], vouched)
    const surer = isAtLeast(own, assurance[facet]) ? own : assurance[facet]
    const isOurs = surer !== assurance[facet] || !isAtLeast(surer, 'asserted')
    return isOurs ? { assurance: surer } : { assurance: surer, source: SOURCE }
  }
  const base = of('principal')
  const others = CARRIED_FACETS.flatMap((facet) => {
    const sureness = of(facet)
    return sureness.assurance === base.assurance && sureness.source === base.source ? [] : [[facet, sureness] as const]
  })
  return { attribution, ...base, ...(others.length === 0 ? {} : { sureness: Object.fromEntries(others) }) }
}

const SOURCE = 'carrier'

/**
 * Whether a carrier tells another story of the work that the process holds where it arrived. One that was kept may
 * arrive in the trace that it was made in, where a worker serves everyone: only its correlation id says which work it is.
 */
function isSpliced({ attribution, trace: made, isKept }: Admitted, { held, heldIn }: Arriving): boolean {
  if (held === undefined) return false
  const sure = surelyHeld(held)
  const { principal, correlationId } = sure
  // Who acts here is no other story, as long as it isn't known for whom.
  if (principal === undefined && correlationId === undefined) return false
  const isSame = isKept
    ? correlationId !== undefined && correlationId === attribution.correlationId
    : made !== undefined && heldIn === made
  return isSame && contradicts(attribution, sure, state.settings.alias)
}

/** What this process's code bound, and what was admitted before. */
function surelyHeld(held: LiveBinding): Attribution {
  const { carried } = held
  if (carried === undefined) return attributionIn(held) ?? {}
  const facets = CARRIED_FACETS.filter((facet) => isSurelyIn(carried, facet))
  const fields = new Set<string>(facets.map(fieldOf))
  if (fields.has('actor')) fields.add('actorChain')
  const sure = Object.fromEntries(Object.entries(carried.attribution).filter(([field]) => fields.has(field)))
  return attributionIn({ ...held, carried: { ...carried, attribution: sure } }) ?? {}
}
