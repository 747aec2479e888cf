import type { CryptoKey } from 'jose'
import type { PublicJwk, PublicKeys, TokenProfile } from '../../policy/token-issuer.ts'
import type { TokenHeader } from './compact-token.ts'
import { TokenError } from './token-error.ts'

/** The public keys of an issuer, wherever they come from. */
export interface Keys {
  /** The one key that the token's header names. Rejects with a `TokenError` where there is none, or more than one. */
  keyFor(header: TokenHeader): Promise<CryptoKey>
}

/** Keys at one moment. */
export class KeySet {
  readonly #keys: readonly PublicJwk[]
  #find: ((header: { readonly alg: string; readonly kid?: string }) => Promise<CryptoKey>) | undefined

  constructor({ keys }: PublicKeys, profile: TokenProfile) {
    this.#keys = keys.flatMap((key) => publicKey(key, profile) ?? [])
  }

  async find({ alg, kid }: TokenHeader): Promise<CryptoKey | undefined> {
    try {
      if (this.#find === undefined) {
        const { createLocalJWKSet } = await import('jose/jwks/local')
        this.#find = createLocalJWKSet({ keys: this.#keys.map((key) => ({ ...key, key_ops: undefined })) } as never)
      }
      return await this.#find({ alg: alg ?? '', ...(kid === undefined ? {} : { kid }) })
    } catch {
      return undefined
    }
  }
}

/** Keys that are given once and never change. */
export class InlineKeys implements Keys {
  readonly #set: KeySet

  constructor(set: KeySet) {
    this.#set = set
  }

  async keyFor(header: TokenHeader): Promise<CryptoKey> {
    return (await this.#set.find(header)) ?? refuseKey()
  }
}

export function refuseKey(): never {
  throw new TokenError(
    'unknown_key',
    "The issuer has no key that fits kid and alg of the token's header, or has several and the token doesn't say which. If the issuer has a new key, it has to be in its jwks.",
  )
}

const KINDS: readonly unknown[] = ['RSA', 'EC', 'OKP']
const MEMBERS = ['kty', 'kid', 'alg', 'use', 'crv', 'x', 'y', 'n', 'e'] as const

/** The public members alone, and undefined for a key that can't check a signature of a token. */
function publicKey(key: unknown, profile: TokenProfile): PublicJwk | undefined {
  if (typeof key !== 'object' || key === null) return undefined
  const given = key as Readonly<Record<string, unknown>>
  const jwk: Record<string, unknown> = {}
  for (const member of MEMBERS) if (Object.hasOwn(given, member)) jwk[member] = given[member]
  if (!KINDS.includes(jwk['kty']) || !Object.values(jwk).every((value) => typeof value === 'string')) return undefined
  if (Object.hasOwn(given, 'key_ops') && !isForVerifying(given['key_ops'])) return undefined
  // Its curve says it all, and "EdDSA" and "Ed25519" are two names of one algorithm (RFC 9864).
  if (jwk['crv'] === 'Ed25519') delete jwk['alg']
  // SPIFFE has words of its own for what a key is for: `jwt-svid`, and `x509-svid` for certificates.
  if (profile === 'spiffe') {
    if (jwk['use'] === 'x509-svid') return undefined
    delete jwk['use']
  }
  return jwk as unknown as PublicJwk
}

function isForVerifying(operations: unknown): boolean {
  return Array.isArray(operations) && operations.includes('verify')
}
