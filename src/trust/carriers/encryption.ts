import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { MAX_CARRIER, TYPE } from './jws.ts'
import type { OpeningKey } from './key.ts'
import { privateKeyFrom, publicKeyFrom, thumbprintOf, UnusableKey } from './keys.ts'

/** One agreement and one cipher, so that no header chooses a weaker one. */
const AGREEMENT = 'ECDH-ES'
const CIPHER = 'A256GCM'

/** A private key, X25519 or P-256, by its `kid`, else by its thumbprint. Throws `UnusableKey`. */
export function openingKeyFrom(input: unknown): OpeningKey {
  const { key, jwk } = privateKeyFrom(input)
  checkType(key)
  return { key, kid: jwk?.kid ?? thumbprintOf(createPublicKey(key)) }
}

/**
 * A signed carrier inside a JWE (RFC 7516) to the public key of a receiver, X25519 or P-256: a JWK, a PEM, or the path of
 * a file with either. Rejects with `UnusableKey`.
 */
export async function encrypted(signed: string, to: unknown): Promise<string> {
  const { key, kid } = publicKeyFrom(to)
  checkType(key)
  const { CompactEncrypt } = await import('jose/jwe/compact/encrypt')
  return new CompactEncrypt(Buffer.from(signed))
    .setProtectedHeader({ alg: AGREEMENT, enc: CIPHER, kid: kid ?? thumbprintOf(key), cty: TYPE })
    .encrypt(key)
}

/** The signed carrier inside a JWE. Undefined if none of the keys opens it. Never rejects. */
export async function opened(text: string, keys: readonly OpeningKey[]): Promise<string | undefined> {
  if (text.length > 2 * MAX_CARRIER) return undefined
  try {
    const { compactDecrypt } = await import('jose/jwe/compact/decrypt')
    const keyNamed = ({ kid }: { readonly kid?: string }) => {
      const key = keys.find((one) => one.kid === kid)
      if (key === undefined) throw new UnusableKey('is not here')
      return key.key as KeyObject
    }
    const options = { keyManagementAlgorithms: [AGREEMENT], contentEncryptionAlgorithms: [CIPHER] }
    const { plaintext } = await compactDecrypt(text, keyNamed, options)
    return new TextDecoder().decode(plaintext)
  } catch {
    return undefined
  }
}

/** Whether a text has the five parts of a JWE. */
export function isEncrypted(text: string): boolean {
  return /^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/u.test(text)
}

function checkType(key: KeyObject): void {
  const isKnown = key.asymmetricKeyType === 'x25519' || key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  if (!isKnown) throw new UnusableKey('is of another type; X25519 and P-256 encrypt')
}
