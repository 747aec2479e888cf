import { readFile } from 'node:fs/promises'
import type { TokenIssuer } from '../../policy/token-issuer.ts'
import { placeOf } from '../tokens/key-places.ts'
import { fetchKeys } from '../tokens/load-keys.ts'
import type { KeySource } from './admission.ts'
import { textOfFile, verifyingKeysFrom } from './keys.ts'
import type { VerifyingKey, VerifyingKeys } from './key.ts'

/**
 * The keys of a signer: those of a JWK Set as an object, those in a file (JWK Set, JWK or PEM), or those behind a URL.
 * Throws `UnusableKey`. `onFailure` is told each time that they can't be loaded later.
 */
export function keySourceFrom(jwks: TokenIssuer['jwks'], onFailure: (error: unknown) => void): KeySource {
  const place = placeOf(typeof jwks === 'string' ? jwks.trim() : jwks)
  if (place instanceof URL) {
    return new LoadedKeys({ ...REMOTE, onFailure, load: async () => verifyingKeysFrom(await fetchKeys(place)) })
  }
  if (typeof place !== 'string') {
    const keys = verifyingKeysFrom(place)
    return { keyOf: (kid) => keys.get(kid) }
  }
  const load = async () => verifyingKeysFrom(await readFile(place, 'utf8'))
  return new LoadedKeys({ ...FILE, onFailure, load, initial: verifyingKeysFrom(textOfFile(place)) })
}

/** In milliseconds. */
interface Times {
  /** After an attempt, none follows for this long. */
  readonly coolDown: number
  /** Keys that are older are loaded again. */
  readonly maxAge: number
}

const REMOTE: Times = { coolDown: 30_000, maxAge: 600_000 }
const FILE: Times = { coolDown: 1_000, maxAge: 10_000 }
/** Keys that can't be loaded again count for this long: whoever blocks the way to them mustn't keep one valid. */
const MAX_STALE = 86_400_000

export interface Loading extends Times {
  readonly load: () => Promise<VerifyingKeys>
  readonly onFailure: (error: unknown) => void
  /** What is known at the start. Without it, a key may be unknown and still be in the set. */
  readonly initial?: VerifyingKeys
}

/**
 * Keys that may be replaced. They are loaded in the background, because a propagator can't wait, and an unknown key asks
 * for them once in a while at most. If they can't be loaded, the known ones go on for a day.
 */
export class LoadedKeys implements KeySource {
  readonly #from: Loading
  #keys: VerifyingKeys
  #triedAt: number
  #loadedAt: number
  #loading: Promise<void> | undefined
  #isKeptFresh = false

  constructor(from: Loading) {
    this.#from = from
    this.#keys = from.initial ?? new Map()
    this.#loadedAt = from.initial === undefined ? Number.NEGATIVE_INFINITY : Date.now()
    this.#triedAt = this.#loadedAt
  }

  keyOf(kid: string): VerifyingKey | 'unknown' | undefined {
    const { coolDown, maxAge, initial } = this.#from
    const now = Date.now()
    const key = this.#keys.get(kid)
    const isFresh = now - this.#loadedAt < (key === undefined ? coolDown : maxAge)
    if (!isFresh && now - this.#triedAt >= coolDown) void this.#again()
    if (now - this.#loadedAt > MAX_STALE) return 'unknown'
    return key ?? (isFresh || initial !== undefined ? undefined : 'unknown')
  }

  /** Loads them where nothing is known yet, and again and again from now on. Never rejects. */
  async load(): Promise<void> {
    if (!this.#isKeptFresh) keepFresh(new WeakRef(this), this.#from.maxAge)
    this.#isKeptFresh = true
    if (this.#from.initial === undefined) await this.#again()
  }

  refresh(): void {
    if (Date.now() - this.#loadedAt >= this.#from.maxAge / 2) void this.#again()
  }

  #again(): Promise<void> {
    this.#triedAt = Date.now()
    this.#loading ??= this.#attempt().finally(() => (this.#loading = undefined))
    return this.#loading
  }

  async #attempt(): Promise<void> {
    try {
      this.#keys = await this.#from.load()
      this.#loadedAt = Date.now()
    } catch (error) {
      this.#from.onFailure(error)
    }
  }
}

/** Otherwise the first carrier after a quiet night would still find a key that was taken out, and not yet the new one. */
function keepFresh(keys: WeakRef<LoadedKeys>, every: number): void {
  const timer = setInterval(() => {
    const known = keys.deref()
    if (known === undefined) clearInterval(timer)
    else known.refresh()
  }, every)
  timer.unref()
}
