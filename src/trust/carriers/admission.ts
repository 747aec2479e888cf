import { BoundedMemory } from '../../base/bounded-memory.ts'
import { ASSURANCES } from '../../model/attribution.ts'
import type { Assurance, Attribution } from '../../model/attribution.ts'
import { CARRIED_FACETS, claimsIn } from './claims.ts'
import type { CarriedFacet, CarrierClaims } from './claims.ts'
import { isSignedBy, readJws } from './jws.ts'
import type { VerifyingKey } from './key.ts'
import { ReplayMemory } from './replay-memory.ts'

/** Where the keys of a signer are. */
export interface KeySource {
  /** `unknown`: there is no such key now, and there may be one soon. */
  keyOf(kid: string): VerifyingKey | 'unknown' | undefined
  /** Loads them, where they aren't there yet. Never rejects. */
  load?(): Promise<void>
}

/** A signer whose carriers are believed. */
export interface AdmittedSigner {
  readonly signer: string
  readonly keys: KeySource
  /** The most that a facet is worth. */
  readonly as: 'verified' | 'asserted'
  /** The facets that are believed. The others are claims. */
  readonly facets: ReadonlySet<CarriedFacet>
  /** The names that its carriers have to be for. Undefined: this service's own name, where they name one. */
  readonly audience: readonly string[] | undefined
}

/** How a carrier came in. */
export interface Arrival {
  /**
   * `call`: with a request, so it has to name the trace of that request. `stored`: it was kept, and may belong to an
   * earlier trace.
   */
  readonly way: 'call' | 'stored'
  /** The trace that it arrives in. */
  readonly trace: string | undefined
  /** For a stored one: the trace whose context was kept beside it. */
  readonly keptWith?: string | undefined
  /** In milliseconds. */
  readonly now: number
}

type ByFacet = Readonly<Record<CarriedFacet, Assurance>>

export interface Admitted {
  readonly attribution: Attribution
  /** What each facet is worth here. */
  readonly assurance: ByFacet
  /** What the signer says of each facet. */
  readonly said: ByFacet
  /** Whether the signer is admitted. If not, all of it is only claimed. */
  readonly isAdmitted: boolean
  readonly trace: string | undefined
  /** Whether it was kept, so that it's good in any trace. */
  readonly isKept: boolean
}

export interface Refusal {
  readonly finding: 'carrier_invalid' | 'carrier_replayed'
  /** A fixed text. It holds nothing of the carrier. */
  readonly reason: string
}

export interface BoundarySettings {
  readonly admit: readonly AdmittedSigner[]
  /** What this service is called, for carriers that name an audience. */
  readonly names: () => readonly string[]
  /** How many used carriers are remembered. */
  readonly remembered: number
  readonly onOverflow: () => void
}

/** The clocks of two machines, in seconds. */
const TOLERANCE = 5
/** The longest life of a carrier that came with a request, and of one that was stored, in seconds. */
const LONGEST = { call: 3_600, stored: 400 * 86_400 } as const

interface Checked {
  readonly claims: CarrierClaims
  /** Undefined: nobody vouches for the claims. */
  readonly signer: AdmittedSigner | undefined
}

/** Decides what a signed carrier that came in is worth. */
export class Boundary {
  readonly #signers: ReadonlyMap<string, AdmittedSigner>
  readonly #names: () => readonly string[]
  readonly #used: ReplayMemory
  /** The carriers whose signature was checked, and by which key. */
  readonly #checked = new BoundedMemory<{ readonly claims: CarrierClaims; readonly kid: string; readonly by: object }>({
    entries: 1_024,
    text: 4 * 1_024 * 1_024,
  })

  constructor({ admit, names, remembered, onOverflow }: BoundarySettings) {
    this.#signers = new Map(admit.map((entry) => [entry.signer, entry]))
    this.#names = names
    this.#used = new ReplayMemory(remembered, onOverflow)
  }

  get admitsAny(): boolean {
    return this.#signers.size > 0
  }

  /** Loads the keys behind URLs in the background, so that the first carrier finds them. */
  start(): void {
    for (const { keys } of this.#signers.values()) void keys.load?.()
  }

  admit(carrier: string, arrival: Arrival): Admitted | Refusal {
    const checked = this.#checkedBefore(carrier) ?? this.#check(carrier)
    if ('finding' in checked) return checked
    const { claims, signer } = checked
    const refusal = this.#refusalOf(checked, arrival)
    if (refusal !== undefined) return refusal
    const { attribution, trace, resumable: isKept } = claims
    const said = byFacet((facet) => claims.assurance[facet] ?? 'claimed')
    const worth = (facet: CarriedFacet) =>
      signer?.facets.has(facet) === true ? lower(said[facet], signer.as) : 'claimed'
    return { attribution, assurance: byFacet(worth), said, isAdmitted: signer !== undefined, trace, isKept }
  }

  /** A key that was taken out of its set no longer counts. */
  #checkedBefore(carrier: string): Checked | undefined {
    const before = this.#checked.get(carrier)
    const signer = before && this.#signers.get(before.claims.issuer)
    return before !== undefined && signer?.keys.keyOf(before.kid) === before.by
      ? { claims: before.claims, signer }
      : undefined
  }

  #check(carrier: string): Checked | Refusal {
    const jws = readJws(carrier)
    const claims = jws && claimsIn(jws.payload)
    if (jws === undefined || claims === undefined) return invalid('it cannot be read as one')
    const signer = this.#signers.get(claims.issuer)
    if (signer === undefined) return { claims, signer }
    const key = signer.keys.keyOf(jws.kid)
    if (key === 'unknown') return { claims, signer: undefined }
    if (key === undefined) return invalid('its key is none of the keys of its signer in boundary.admit')
    if (!isSignedBy(jws, key)) return invalid('its signature is wrong')
    this.#checked.put(carrier, { claims, kid: jws.kid, by: key }, carrier.length)
    return { claims, signer }
  }

  #refusalOf({ claims, signer }: Checked, arrival: Arrival): Refusal | undefined {
    const now = Math.floor(arrival.now / 1_000)
    const reason = timeReason(claims, now) ?? traceReason(claims, arrival) ?? this.#audienceReason(claims, signer)
    // Who isn't admitted could fill the memory, or name the id of another's carrier.
    if (signer === undefined) return reason === undefined ? undefined : invalid(reason)
    const used = `${claims.issuer}\n${claims.id}`
    const [before, trace] = [this.#used.traceOf(used), claims.trace ?? '']
    if (before !== undefined && (reason === EXPIRED || reason === OTHER_TRACE || before !== trace)) {
      return { finding: 'carrier_replayed', reason: reason ?? 'its id was used in another trace' }
    }
    if (reason !== undefined) return invalid(reason)
    this.#used.note(used, { trace, expiresAt: claims.expiresAt + TOLERANCE }, now)
    return undefined
  }

  #audienceReason({ audience }: CarrierClaims, signer: AdmittedSigner | undefined): string | undefined {
    const wanted = signer?.audience
    if (audience === undefined) return wanted === undefined ? undefined : 'it names no audience'
    if (audience.some((name) => (wanted ?? this.#names()).includes(name))) return undefined
    return 'it is for another audience than this service'
  }
}

const EXPIRED = 'it has expired'
const OTHER_TRACE = 'it was made for another trace'

function timeReason({ issuedAt, expiresAt, resumable }: CarrierClaims, now: number): string | undefined {
  if (expiresAt - issuedAt > LONGEST[resumable ? 'stored' : 'call']) return 'it lives longer than any carrier may'
  if (issuedAt > now + TOLERANCE) return 'it was made in the future: compare the clocks'
  return expiresAt + TOLERANCE <= now ? EXPIRED : undefined
}

/** One that may be resumed belongs to a stored message, and never comes with a request. */
function traceReason({ trace, resumable }: CarrierClaims, arrival: Arrival): string | undefined {
  if (arrival.way === 'stored' && resumable) {
    return arrival.keptWith === undefined || arrival.keptWith === trace ? undefined : OTHER_TRACE
  }
  if (resumable) return 'it was made to be stored, and came with a request'
  return trace === arrival.trace ? undefined : OTHER_TRACE
}

function byFacet(of: (facet: CarriedFacet) => Assurance): ByFacet {
  return Object.fromEntries(CARRIED_FACETS.map((facet) => [facet, of(facet)])) as ByFacet
}

/** The less certain one. */
export function lower(one: Assurance, other: Assurance): Assurance {
  return ASSURANCES.indexOf(one) > ASSURANCES.indexOf(other) ? one : other
}

function invalid(reason: string): Refusal {
  return { finding: 'carrier_invalid', reason }
}
