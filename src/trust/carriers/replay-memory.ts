interface Seen {
  readonly trace: string
  readonly expiresAt: number
}

/**
 * Which carriers were used, and in which trace. It holds a bounded number of them and forgets the oldest. To forget one
 * accepts nothing: a carrier names its trace and its end itself. Only that it was used before is then not known.
 */
export class ReplayMemory {
  readonly #seen = new Map<string, Seen>()
  readonly #most: number
  readonly #onOverflow: () => void

  #hasOverflowed = false

  /** `onOverflow` is called the first time that one is forgotten that could still be used: a busy service does so always. */
  constructor(most: number, onOverflow: () => void) {
    this.#most = most
    this.#onOverflow = onOverflow
  }

  /** The trace that a carrier was first used in. */
  traceOf(carrier: string): string | undefined {
    return this.#seen.get(carrier)?.trace
  }

  /** `now` is in seconds, as `expiresAt`. */
  note(carrier: string, seen: Seen, now: number): void {
    if (this.#seen.has(carrier)) return
    this.#seen.set(carrier, seen)
    if (this.#seen.size <= this.#most) return
    const [oldest] = this.#seen
    if (oldest === undefined) return
    this.#seen.delete(oldest[0])
    if (this.#hasOverflowed || oldest[1].expiresAt <= now) return
    this.#hasOverflowed = true
    this.#onOverflow()
  }
}
