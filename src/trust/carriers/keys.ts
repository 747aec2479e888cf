import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import type { JsonWebKeyInput, KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileReasonOnly } from '../../base/file-reason.ts'
import { MAX_KEYS } from '../../policy/issuer-schema.ts'
import type { Algorithm, SigningKey, VerifyingKey, VerifyingKeys } from './key.ts'

/** A key that can't be used. The message says why, and never holds the key. */
export class UnusableKey extends Error {
  override readonly name = 'UnusableKey'
}

const MAX_KID = 256

/**
 * A private key that signs: a JWK as an object or as text, a PEM, or the path of a file with either. Ed25519 or P-256.
 * Its name is `kid`, else that of the JWK, else its thumbprint (RFC 7638). Throws `UnusableKey`.
 */
export function signingKeyFrom(input: unknown, kid?: string): SigningKey {
  const { key, jwk } = privateKeyFrom(input)
  const algorithm = algorithmOf(key, jwk)
  const name = kid ?? jwk?.kid ?? thumbprintOf(createPublicKey(key))
  if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_KID)
    throw new UnusableKey(`its kid has to be a text of at most ${MAX_KID} characters`)
  return { key, algorithm, kid: name }
}

/** A private key of any type, from a JWK, a PEM, or a file. Throws `UnusableKey`. */
export function privateKeyFrom(input: unknown): { readonly key: KeyObject; readonly jwk: Jwk | undefined } {
  const material = materialIn(input)
  if (typeof material === 'string') {
    if (!material.includes('PRIVATE KEY')) throw new UnusableKey('is a public key; a private one is needed')
    return { key: made(() => createPrivateKey(material)), jwk: undefined }
  }
  if (Array.isArray(material['keys'])) throw new UnusableKey('is a set of keys; one private key is needed')
  const jwk = material as Jwk
  if (typeof jwk.d !== 'string') throw new UnusableKey('is a public key; a private one is needed')
  return { key: made(() => createPrivateKey({ key: jwk, format: 'jwk' })), jwk }
}

/** A public key of any type, from a JWK, a PEM, or a file. Throws `UnusableKey`. */
export function publicKeyFrom(input: unknown): { readonly key: KeyObject; readonly kid: string | undefined } {
  const material = materialIn(input)
  if (typeof material !== 'string') {
    const jwk = publicOnly(material as Jwk)
    return { key: made(() => createPublicKey({ key: jwk, format: 'jwk' })), kid: jwk.kid }
  }
  return { key: publicPem(material), kid: undefined }
}

/**
 * The keys of a set by `kid`: a JWKS or one JWK as an object, or the text of either or of a PEM. A key without `kid` is
 * named by its thumbprint. Keys of other types, and those that encrypt, are left out. Throws `UnusableKey` if no key is
 * left, if one is private, or if there are more than 1,000.
 */
export function verifyingKeysFrom(input: unknown): VerifyingKeys {
  const material = typeof input === 'string' ? parsed(input) : objectIn(input)
  if (typeof material === 'string') {
    const key = publicPem(material)
    return new Map([[thumbprintOf(key), { key, algorithm: algorithmOf(key, undefined) }]])
  }
  const list: readonly unknown[] = Array.isArray(material['keys']) ? material['keys'] : [material]
  if (list.length > MAX_KEYS) throw new UnusableKey(`holds more than ${MAX_KEYS} keys`)
  const keys = new Map<string, VerifyingKey>()
  for (const jwk of list.flatMap(signatureJwk)) {
    const key = made(() => createPublicKey({ key: publicOnly(jwk), format: 'jwk' }))
    const kid = jwk.kid ?? thumbprintOf(key)
    if (!keys.has(kid)) keys.set(kid, { key, algorithm: algorithmOf(key, jwk) })
  }
  if (keys.size === 0) throw new UnusableKey('holds no Ed25519 or P-256 key that signs')
  return keys
}

/** The text of a file. Throws `UnusableKey`. */
export function textOfFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UnusableKey(`cannot be read: ${fileReasonOnly(error)}`)
  }
}

/** The name of a key that nobody named: RFC 7638, SHA-256. */
export function thumbprintOf(key: KeyObject): string {
  const { crv, kty, x, y } = key.export({ format: 'jwk' })
  const members = y === undefined ? { crv, kty, x } : { crv, kty, x, y }
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

type Jwk = JsonWebKeyInput['key'] & {
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
  readonly key_ops?: unknown
}

/** What a setting names, as PEM text or as an object. */
function materialIn(input: unknown): string | Readonly<Record<string, unknown>> {
  if (typeof input !== 'string') return objectIn(input)
  const text = input.trim()
  return parsed(text.startsWith('{') || text.includes(PEM) ? text : textOfFile(text))
}

function parsed(text: string): string | Readonly<Record<string, unknown>> {
  if (text.includes(PEM)) return text
  try {
    return objectIn(JSON.parse(text))
  } catch {
    throw new UnusableKey('is neither a JWK (RFC 7517) nor a PEM')
  }
}

const PEM = '-----BEGIN'

function objectIn(input: unknown): Readonly<Record<string, unknown>> {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Record<string, unknown>
  throw new UnusableKey('is neither a JWK (RFC 7517) nor a PEM')
}

function signatureJwk(entry: unknown): readonly Jwk[] {
  if (typeof entry !== 'object' || entry === null) return []
  const jwk = entry as Jwk
  const isOfType = (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') || (jwk.kty === 'EC' && jwk.crv === 'P-256')
  const isNamed = jwk.kid === undefined || (typeof jwk.kid === 'string' && jwk.kid.length <= MAX_KID)
  return isOfType && isNamed && isForSigning(jwk) ? [jwk] : []
}

/** A key for encryption says so in `use`, `key_ops` or `alg` (RFC 7517, section 4). */
function isForSigning({ use = 'sig', key_ops: operations = ['verify'], alg }: Jwk): boolean {
  const isToSign = Array.isArray(operations) && operations.some((name) => name === 'verify' || name === 'sign')
  return use === 'sig' && isToSign && !String(alg).startsWith('ECDH-ES')
}

/** A private PEM would do, because its public half can be computed. */
function publicPem(pem: string): KeyObject {
  if (pem.includes('PRIVATE KEY')) throw new UnusableKey('is a private key; a public one is needed')
  return made(() => createPublicKey(pem))
}

function publicOnly(jwk: Jwk): Jwk {
  if (jwk.d !== undefined) throw new UnusableKey('holds a private key; list public ones')
  return jwk
}

function algorithmOf(key: KeyObject, jwk: Jwk | undefined): Algorithm {
  const algorithm = algorithmOfType(key)
  if (algorithm === undefined) throw new UnusableKey('is of another type; Ed25519 and P-256 are known')
  const stated = jwk?.alg === 'EdDSA' ? 'Ed25519' : jwk?.alg
  if (stated !== undefined && stated !== algorithm) throw new UnusableKey(`its alg has to be ${algorithm}`)
  return algorithm
}

function algorithmOfType(key: KeyObject): Algorithm | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'Ed25519'
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ES256' : undefined
}

/** What OpenSSL says may quote the key. */
function made(make: () => KeyObject): KeyObject {
  try {
    return make()
  } catch (error) {
    if (error instanceof UnusableKey) throw error
    throw new UnusableKey('cannot be read as a key: it is damaged, or of a type that is not known')
  }
}
