import { slipsBetween } from '../../base/spelling.ts'
import { canonicalId } from '../../identity/identity.ts'

/** An id is near if at most this many letters are wrong, and most of it is right. */
const MAX_SLIPS = 3
const MIN_LETTERS_A_SLIP = 3
/** A shorter part of an id is in too many others. */
const MIN_PART = 3
const MAX_NEAR = 5
/** Longer ids and more of them aren't compared. */
const MAX_LENGTH = 256
const MAX_COMPARED = 20_000

/** Remembers the ids that are nearest to one that may not be found. */
export class NearIds {
  readonly #wanted: string
  readonly #exact: string | undefined
  readonly #seen = new Set<string>()
  #near: { readonly id: string; readonly distance: number }[] = []

  /** `isExact`: an id in another case isn't the one that is wanted. */
  constructor(wanted: string, isExact = false) {
    this.#wanted = canonicalId(wanted)
    this.#exact = isExact ? wanted.trim() : undefined
  }

  /** `compared`: what is held against the wanted id in place of this one, such as its beginning. */
  see(id: string, compared = id): void {
    if (id.length > MAX_LENGTH || this.#seen.has(id) || this.#seen.size >= MAX_COMPARED) return
    this.#seen.add(id)
    const distance = this.#distanceTo(canonicalId(compared))
    if (distance === undefined || (distance === 0 && (this.#exact ?? id) === id)) return
    const all = [...this.#near, { id, distance }]
    this.#near = all.toSorted((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1)).slice(0, MAX_NEAR)
  }

  /** The nearest first; the id itself isn't one of them. */
  get nearest(): readonly string[] {
    return this.#near.map(({ id }) => id)
  }

  /** In wrong letters. An id that holds the other is as near as one with a single wrong letter. */
  #distanceTo(id: string): number | undefined {
    const wanted = this.#wanted
    if (id === wanted) return 0
    if (Math.min(id.length, wanted.length) >= MIN_PART && (id.includes(wanted) || wanted.includes(id))) return 1
    if (Math.abs(id.length - wanted.length) > MAX_SLIPS) return undefined
    const slips = slipsBetween(id, wanted)
    return slips <= Math.min(MAX_SLIPS, wanted.length / MIN_LETTERS_A_SLIP) ? slips : undefined
  }
}
