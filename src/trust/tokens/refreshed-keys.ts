import type { CryptoKey } from 'jose'
import type { PublicKeys, TokenProfile } from '../../policy/token-issuer.ts'
import type { TokenHeader } from './compact-token.ts'
import { KeySet, refuseKey } from './keys.ts'
import type { Keys } from './keys.ts'
import { TokenError } from './token-error.ts'

/** In milliseconds. */
export interface RefreshTimes {
  /** Keys older than this are loaded again before they are used. */
  readonly maxAge: number
  /** After an attempt, successful or not, none follows for this long. */
  readonly coolDown: number
  /** Keys that can't be loaded again are used for this long after they were loaded. */
  readonly maxStale: number
}

/** Why keys can't be loaded, in words of our own: nothing of what the other side sent. */
export class KeysUnavailable extends Error {}

/**
 * Keys that the issuer may replace. A key that isn't known is looked for once in new keys, then not again for a while,
 * so that made-up key ids cause no flood of requests. Where loading fails, known keys go on, and a token with an unknown
 * one is refused.
 */
export class RefreshedKeys implements Keys {
  readonly #load: () => Promise<PublicKeys>
  readonly #profile: TokenProfile
  readonly #times: RefreshTimes
  #set: KeySet | undefined
  #loadedAt = -Infinity
  #triedAt = -Infinity
  #pending: Promise<void> | undefined
  /** Of the last attempt, if it failed. */
  #failure: string | undefined

  constructor(load: () => Promise<PublicKeys>, profile: TokenProfile, times: RefreshTimes) {
    this.#load = load
    this.#profile = profile
    this.#times = times
  }

  async keyFor(header: TokenHeader): Promise<CryptoKey> {
    if (this.#age() > this.#times.maxAge) {
      const isDown = this.#isDown()
      const refreshed = this.#refresh()
      if (!isDown) await refreshed
    }
    if (this.#age() > this.#times.maxStale) this.#set = undefined
    const known = await this.#set?.find(header)
    if (known !== undefined) return known
    await this.#refresh()
    const found = await this.#set?.find(header)
    if (found !== undefined) return found
    if (this.#failure !== undefined) throw unavailable(this.#failure)
    return refuseKey()
  }

  /** Whether loading failed a short while ago. Then known keys don't wait for it again, each time for a few seconds. */
  #isDown(): boolean {
    return this.#failure !== undefined && performance.now() - this.#triedAt < this.#times.maxAge
  }

  #age(): number {
    return performance.now() - this.#loadedAt
  }

  /** Never rejects. Everyone who asks at the same time waits for the same attempt. */
  #refresh(): Promise<void> {
    if (this.#pending !== undefined) return this.#pending
    if (performance.now() - this.#triedAt < this.#times.coolDown) return Promise.resolve()
    this.#pending = this.#attempt().finally(() => {
      this.#triedAt = performance.now()
      this.#pending = undefined
    })
    return this.#pending
  }

  async #attempt(): Promise<void> {
    try {
      this.#set = new KeySet(await this.#load(), this.#profile)
      this.#loadedAt = performance.now()
      this.#failure = undefined
    } catch (error) {
      this.#failure = error instanceof KeysUnavailable ? error.message : 'they cannot be read'
    }
  }
}

function unavailable(reason: string): TokenError {
  return new TokenError(
    'keys_unavailable',
    `The keys of the issuer cannot be loaded: ${reason}. Check its jwks, and that this process can reach it.`,
  )
}
