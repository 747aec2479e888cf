import { context, createContextKey } from '@opentelemetry/api'
import type { KeySource } from './admission.ts'
import { textOfFile, UnusableKey, verifyingKeysFrom } from './keys.ts'
import type { VerifyingKey, VerifyingKeys } from './keys.ts'

/**
 * The keys of a signer: those of a JWKS as an object, those in a file (JWKS, JWK or PEM), or those behind a URL. Throws
 * `UnusableKey`. `onFailure` is told of each failed request to a URL.
 */
export function keySourceFrom(jwks: unknown, onFailure: (error: unknown) => void): KeySource {
  if (typeof jwks !== 'string') return fixedKeys(verifyingKeysFrom(jwks))
  const text = jwks.trim()
  if (!/^https?:/iu.test(text)) return fixedKeys(verifyingKeysFrom(textOfFile(text)))
  return new RemoteKeys(safeUrl(text), onFailure)
}

function fixedKeys(keys: VerifyingKeys): KeySource {
  return { keyOf: (kid) => keys.get(kid) }
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whoever can change an answer on its way would choose the keys. */
function safeUrl(text: string): URL {
  if (!URL.canParse(text)) throw new UnusableKey('is not a URL')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') throw new UnusableKey('has a password in its URL')
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) throw new UnusableKey('has to be https')
  return url
}

/** In milliseconds. */
const COOL_DOWN = 30_000
const MAX_AGE = 600_000
const TIMEOUT = 5_000
const MAX_BYTES = 262_144

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
      const text = await withoutSpans(() => textAt(this.#url))
      this.#keys = verifyingKeysFrom(text)
      this.#loadedAt = Date.now()
    } catch (error) {
      this.#onFailure(error)
    }
  }
}

async function textAt(url: URL): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT)
  const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/json' } })
  if (!response.ok || response.body === null) throw new UnusableKey(`cannot be loaded: status ${response.status}`)
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of response.body as AsyncIterable<Uint8Array>) {
    size += piece.length
    if (size > MAX_BYTES) throw new UnusableKey('is too large')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** The key that the SDK and its instrumentations look for. A set of keys is none of the app's work. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

function withoutSpans<T>(work: () => T): T {
  return context.with(context.active().setValue(SUPPRESSED, true), work)
}
