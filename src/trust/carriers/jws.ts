import { sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isObject, readStrictJson } from '../tokens/strict-json.ts'
import type { SigningKey, VerifyingKey } from './key.ts'

/** A type of its own, so that no other token of the same signer passes for a carrier, nor a carrier for one. */
export const TYPE = 'attribution+jwt'

/** A longer text isn't looked at, in UTF-16 code units. */
export const MAX_CARRIER = 16_384

/** A compact JWS (RFC 7515) that nobody has checked yet. */
export interface CompactJws {
  readonly algorithm: 'Ed25519' | 'ES256'
  readonly kid: string
  readonly payload: Readonly<Record<string, unknown>>
  /** What was signed, which isn't malleable. The text of a signature is: some of its bits say nothing. */
  readonly signed: string
  readonly signature: Buffer
}

/** Signs a payload. Synchronous, because a propagator can't wait. */
export function signedJws(payload: object, { key: of, algorithm, kid }: SigningKey): string {
  const key = of as KeyObject
  const header = encoded({ alg: algorithm, kid, typ: TYPE })
  const input = `${header}.${encoded(payload)}`
  const signature =
    algorithm === 'Ed25519'
      ? sign(null, Buffer.from(input), key)
      : sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/**
 * Reads a compact JWS without checking its signature. Undefined if it's none, of another type, or signed in a way that
 * isn't known, `none` included.
 */
export function readJws(text: string): CompactJws | undefined {
  if (text.length > MAX_CARRIER) return undefined
  const parts = FORM.exec(text)?.groups
  if (parts === undefined) return undefined
  const [header, payload] = [objectIn(parts['header'] as string), objectIn(parts['payload'] as string)]
  if (header === undefined || payload === undefined) return undefined
  const { alg, kid, typ } = header
  const algorithm = ALGORITHMS.get(alg)
  if (algorithm === undefined || typeof kid !== 'string' || !isOfType(typ)) return undefined
  if (REFUSED.some((name) => name in header)) return undefined
  const signature = Buffer.from(parts['signature'] as string, 'base64url')
  if (signature.length !== SIGNATURE_BYTES) return undefined
  return { algorithm, kid, payload, signed: `${parts['header']}.${parts['payload']}`, signature }
}

export function isSignedBy({ algorithm, signed, signature }: CompactJws, by: VerifyingKey): boolean {
  if (algorithm !== by.algorithm) return false
  const key = by.key as KeyObject
  try {
    return algorithm === 'Ed25519'
      ? verify(null, Buffer.from(signed), key, signature)
      : verify('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    return false
  }
}

const FORM = /^(?<header>[\w-]{1,2048})\.(?<payload>[\w-]+)\.(?<signature>[\w-]{1,128})$/u
/** Of Ed25519 and of ES256. */
const SIGNATURE_BYTES = 64

const ALGORITHMS: ReadonlyMap<unknown, CompactJws['algorithm']> = new Map<unknown, CompactJws['algorithm']>([
  ['Ed25519', 'Ed25519'],
  ['EdDSA', 'Ed25519'],
  ['ES256', 'ES256'],
])

/** A header that brings a key of its own, or says where to get one, or asks for what isn't known here. */
const REFUSED = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'enc', 'zip']

function isOfType(typ: unknown): boolean {
  return typeof typ === 'string' && typ.toLowerCase().replace(/^application\//u, '') === TYPE
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** More and deeper than any carrier. */
const LIMITS = { depth: 32, members: 64 }

function objectIn(part: string): CompactJws['payload'] | undefined {
  const read = readStrictJson(Buffer.from(part, 'base64url'), LIMITS)
  return 'object' in read && !namesOfLanguage(read.object) ? read.object : undefined
}

/** Names that other code could take for part of JavaScript. No carrier has them. */
const NO_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

function namesOfLanguage(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(namesOfLanguage)
  return isObject(value) && Object.entries(value).some(([name, entry]) => NO_NAMES.has(name) || namesOfLanguage(entry))
}
