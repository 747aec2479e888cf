import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PublicKeys, TokenIssuer } from '../../policy/token-issuer.ts'
import { InlineKeys, KeySet } from './keys.ts'
import type { Keys } from './keys.ts'
import { fetchKeys, readKeys } from './load-keys.ts'
import { RefreshedKeys } from './refreshed-keys.ts'
import type { RefreshTimes } from './refreshed-keys.ts'

const SECOND = 1000
const DAY = 24 * 60 * 60 * SECOND

const REMOTE: RefreshTimes = { maxAge: 600 * SECOND, coolDown: 30 * SECOND, maxStale: DAY }
const FILE: RefreshTimes = { maxAge: 10 * SECOND, coolDown: SECOND, maxStale: DAY }

/** The keys of an issuer, from where policy says that they are. Loads nothing before the first token. */
export function keysOf({ jwks, profile }: TokenIssuer): Keys {
  const place = placeOf(jwks)
  if (typeof place === 'string') return new RefreshedKeys(() => readKeys(place), profile, FILE)
  if (place instanceof URL) return new RefreshedKeys(() => fetchKeys(place), profile, REMOTE)
  return new InlineKeys(new KeySet(place, profile))
}

/** A URL of the network, the whole path of a file, or keys. */
export function placeOf(jwks: TokenIssuer['jwks']): URL | string | PublicKeys {
  const url = typeof jwks === 'string' ? urlIn(jwks) : jwks
  if (url instanceof URL) return url.protocol === 'file:' ? fileURLToPath(url) : url
  return url ?? resolve(jwks as string)
}

function urlIn(text: string): URL | undefined {
  return /^(?:https?|file):\/\//iu.test(text) ? new URL(text) : undefined
}
