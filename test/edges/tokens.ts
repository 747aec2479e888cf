import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { tokenVerifier } from '../../src/index.ts'
import type { TokenVerifier } from '../../src/index.ts'

export const HERE = 'https://assistant.example'

export interface Issuer {
  readonly verifier: TokenVerifier
  /** A signed token of a user, for this service unless said otherwise. */
  token(user: string, claims?: Readonly<Record<string, unknown>>): Promise<string>
}

/** An issuer with a key of its own, and a verifier that knows it. */
export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const issuer = 'https://login.example'
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1' }
  return {
    verifier: tokenVerifier({
      issuers: [{ issuer, jwks: { keys: [jwk as never] }, audience: HERE, algorithms: ['ES256'], profile: 'rfc8693' }],
    }),
    token: (user, claims = {}) =>
      new SignJWT({ iss: issuer, aud: HERE, sub: user, jti: `of ${user}`, client_id: 'web-app', ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })
        .setIssuedAt()
        .setExpirationTime('10m')
        .sign(privateKey),
  }
}
