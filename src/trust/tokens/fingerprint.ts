import { createHash, createHmac, randomBytes } from 'node:crypto'

const BYTES = 16
const PART = /^[\w-]*$/u
const SIGNED = 3
const ENCRYPTED = 5

/**
 * Names a token without holding it. For a signed token (JWS) it is `sha-256:` and the base64url of the first 16 bytes
 * of the SHA-256 of `header.payload`: the signature isn't included, because its text can be changed and stays valid.
 * For an encrypted one (JWE) the same over its decoded parts.
 *
 * What stands around a token in a header isn't part of it: the scheme, blanks.
 *
 * An opaque or short credential could be guessed from a bare hash, so it gets `hmac-sha-256:` and an HMAC with a random
 * key of this process. It is the same for the whole life of the process, and another one in the next.
 */
export function fingerprintOf(credential: string): string {
  const token = credential.trim().replace(SCHEME, '')
  const parts = token.split('.')
  const [header = '', payload = ''] = parts
  const isToken = PART.test(header) && PART.test(payload) && isHeader(header)
  if (isToken && parts.length === SIGNED && payload !== '') return hashed(`${header}.${payload}`)
  if (isToken && parts.length === ENCRYPTED && parts.every((part) => PART.test(part)))
    return hashed(parts.map(rewritten).join('.'))
  return `hmac-sha-256:${keyed(token)}`
}

/** Apps pass the whole header, too: `Authorization: Bearer ...`. */
const SCHEME = /^(?:authorization:\s*)?(?:bearer|dpop|token)\s+/iu

/** Three words with dots between them are no token. */
function isHeader(part: string): boolean {
  return Buffer.from(part, 'base64url').toString().trimStart().startsWith('{')
}

/** A keyed hash of this process, for values that must be compared but not kept. */
export function keyed(text: string): string {
  return createHmac('sha256', KEY).update(text).digest().subarray(0, BYTES).toString('base64url')
}

const KEY = randomBytes(32)

function hashed(text: string): string {
  return `sha-256:${createHash('sha256').update(text).digest().subarray(0, BYTES).toString('base64url')}`
}

/** The last character of base64url may have bits that nothing reads. */
function rewritten(part: string): string {
  return Buffer.from(part, 'base64url').toString('base64url')
}
