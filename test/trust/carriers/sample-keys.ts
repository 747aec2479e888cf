import { generateKeyPairSync } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import type { PublicJwk } from '../../../src/policy/token-issuer.ts'

export interface Pair {
  readonly privateJwk: JsonWebKey & { readonly kid: string }
  readonly publicJwk: PublicJwk & { readonly kid: string }
}

/** The key of RFC 8037, appendix A.1, with its thumbprint (A.3). */
export const RFC_8037 = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
} as const
export const THUMBPRINT = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'

export function newPair(kid: string, type: 'Ed25519' | 'P-256' = 'Ed25519'): Pair {
  const { privateKey, publicKey } =
    type === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    privateJwk: { ...privateKey.export({ format: 'jwk' }), kid },
    publicJwk: { ...(publicKey.export({ format: 'jwk' }) as unknown as PublicJwk), kid },
  }
}
