import type { TokenIssuer } from '../../policy/token-issuer.ts'
import { placeOf } from '../tokens/key-places.ts'
import { fetchKeys } from '../tokens/load-keys.ts'
import type { KeySource } from './admission.ts'
import { textOfFile, verifyingKeysFrom } from './keys.ts'
import type { VerifyingKey, VerifyingKeys } from './keys.ts'

/**
 * The keys of a signer: those of a JWKS as an object, those in a file (JWKS, JWK or PEM), or those behind a URL. Throws
 * `UnusableKey`. `onFailure` is told of each failed request to a URL.
 */
export function keySourceFrom(jwks: TokenIssuer['jwks'], onFailure: (error: unknown) => void): KeySource {
  const place = placeOf(typeof jwks === 'string' ? jwks.trim() : jwks)
  if (place instanceof URL) return new RemoteKeys(place, onFailure)
  return fixedKeys(verifyingKeysFrom(typeof place === 'string' ? textOfFile(place) : place))
}

function fixedKeys(keys: VerifyingKeys): KeySource {
  return { keyOf: (kid) => keys.get(kid) }
}

/** In milliseconds. */
const COOL_DOWN = 30_000
const MAX_AGE = 600_000

/**
 * Keys behind a URL. They are loaded in the background, because a propagator can't wait: an unknown key is unknown for
 * now, and asks for the set once in 30 seconds at most. If the set can't be loaded, the known keys go on.
 */
export class RemoteKeys implements KeySource {
  readonly #url: URL
  readonly #onFailure: (error: unknown) => void
  #keys: VerifyingKeys = new Map()
  #askedAt = Number.NEGATIVE_INFINITY
  #loadedAt = Number.NEGATIVE_INFINITY
  #loading: Promise<void> | undefined

  constructor(url: URL, onFailure: (error: unknown) => void) {
    this.#url = url
    this.#onFailure = onFailure
  }

  keyOf(kid: string): VerifyingKey | 'unknown' | undefined {
    const now = Date.now()
    const key = this.#keys.get(kid)
    const isFresh = now - this.#loadedAt < (key === undefined ? COOL_DOWN : MAX_AGE)
    if (!isFresh && now - this.#askedAt >= COOL_DOWN) void this.load()
    return key ?? (isFresh ? undefined : 'unknown')
  }

  /** Loads the set again. Never rejects. */
  load(): Promise<void> {
    this.#askedAt = Date.now()
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined))
    return this.#loading
  }

  async #load(): Promise<void> {
    try {
      this.#keys = verifyingKeysFrom(await fetchKeys(this.#url))
      this.#loadedAt = Date.now()
    } catch (error) {
      this.#onFailure(error)
    }
  }
}
