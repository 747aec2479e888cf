/**
 * A `KeyObject` of `node:crypto`. The declarations that an app compiles against lead here, and it may not have the types
 * of Node.
 */
export interface NodeKey {
  readonly type: string
  readonly asymmetricKeyType?: string | undefined
}

/** RFC 9864 names the first one `Ed25519`. Older software writes `EdDSA`, which is read as well. */
export type Algorithm = 'Ed25519' | 'ES256'

export interface SigningKey {
  readonly key: NodeKey
  readonly algorithm: Algorithm
  readonly kid: string
}

/** The public half of a key that a signer may sign with. */
export interface VerifyingKey {
  readonly key: NodeKey
  readonly algorithm: Algorithm
}

export type VerifyingKeys = ReadonlyMap<string, VerifyingKey>

/** A key that opens what was encrypted to its public half. */
export interface OpeningKey {
  readonly key: NodeKey
  readonly kid: string
}
