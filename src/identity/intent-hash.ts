import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Intent } from '../model/attribution.ts'

/**
 * Binds what an intent says: `sha-256:` and base64url over the JCS form (RFC 8785) of those of `{id, purpose, summary}`
 * that are present. Undefined if the intent is only an id, which says nothing that a hash could bind, or if it holds
 * text that JCS refuses (lone surrogates).
 */
export function intentHash(intent: Intent): string | undefined {
  const { id, purpose, summary } = intent
  if (purpose === undefined && summary === undefined) return undefined
  try {
    const text = canonicalize({ id, purpose, summary })
    return text === undefined ? undefined : `sha-256:${createHash('sha256').update(text).digest('base64url')}`
  } catch {
    return undefined
  }
}
