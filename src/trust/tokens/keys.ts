import type { CryptoKey } from 'jose'
import type { PublicKeys } from '../../policy/token-issuer.ts'
import type { TokenHeader } from './compact-token.ts'
import { TokenError } from './token-error.ts'

/** Where the public keys of an issuer come from. */
export interface Keys {
  /** The one key that a token names. Rejects with a `TokenError`. */
  keyFor(header: TokenHeader): Promise<CryptoKey>
}

/** Keys that are given once and never change. */
export class InlineKeys implements Keys {
  readonly #set: PublicKeys

  constructor(set: PublicKeys) {
    this.#set = set
  }

  async keyFor(header: TokenHeader): Promise<CryptoKey> {
    const key = await keyIn(this.#set, header)
    if (key === undefined) throw unknownKey()
    return key
  }
}

/** Resolves to undefined where no key of the set fits, or more than one. */
export async function keyIn(set: PublicKeys, { alg, kid }: TokenHeader): Promise<CryptoKey | undefined> {
  const { createLocalJWKSet } = await import('jose/jwks/local')
  try {
    const keys = createLocalJWKSet({ keys: set.keys.map((key) => ({ ...key })) } as never)
    return await keys({ alg: alg ?? '', ...(kid === undefined ? {} : { kid }) })
  } catch {
    return undefined
  }
}

export function unknownKey(): TokenError {
  return new TokenError(
    'unknown_key',
    "No key of the issuer fits the kid and alg of the token's header. If the issuer has new keys, add them to its jwks.",
  )
}
