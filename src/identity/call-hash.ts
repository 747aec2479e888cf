import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** One call: who asked, what acts, and what is to be done. Left out is what isn't known. */
export interface Call {
  readonly principal?: unknown
  readonly actor?: unknown
  readonly action: string
  readonly resource?: unknown
  readonly arguments?: unknown
}

/**
 * Binds a decision to one call: `sha-256:` and base64url over the JCS form (RFC 8785) of
 * `{principal, actor, action, resource, arguments}`. All of it has to be plain JSON.
 */
export function callHash({ principal, actor, action, resource, arguments: given }: Call): string {
  const text = canonicalize({ principal, actor, action, resource, arguments: given })
  return `sha-256:${createHash('sha256')
    .update(text ?? '')
    .digest('base64url')}`
}
