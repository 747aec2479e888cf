import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { PublicJwk, TokenIssuer } from '../../../src/policy/token-issuer.ts'
import { TokenError } from '../../../src/trust/tokens/token-error.ts'

/** A key of an issuer, in one of the kinds that sign tokens. */
export interface SigningKey {
  readonly kid: string
  readonly alg: 'ES256' | 'RS256' | 'Ed25519' | 'EdDSA'
  readonly privateKey: KeyObject
  readonly jwk: PublicJwk
}

export function signingKey(kid: string, alg: SigningKey['alg'] = 'ES256'): SigningKey {
  const { publicKey, privateKey } = pairOf(alg)
  return { kid, alg, privateKey, jwk: { ...(publicKey.export({ format: 'jwk' }) as unknown as PublicJwk), kid } }
}

function pairOf(alg: SigningKey['alg']) {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519')
}

/** Signs whatever it's given, by node:crypto: jose refuses to make many of the tokens that are tried here. */
export function signed(key: SigningKey, claims: object | string, header: object | string = {}): string {
  const head = part(typeof header === 'string' ? header : { alg: key.alg, kid: key.kid, ...header })
  const input = `${head}.${part(claims)}`
  const algorithm = key.alg === 'ES256' || key.alg === 'RS256' ? 'sha256' : null
  const signature = signBytes(algorithm, Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/** Signed with a secret. */
export function hmacSigned(secret: string | Buffer, claims: object, header: object): string {
  const input = `${part({ alg: 'HS256', ...header })}.${part(claims)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** Text as it is, anything else as JSON. */
export function part(value: object | string): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

/** Claims that are valid for ten minutes. */
export function claims(more: object = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  return { iss: STS, aud: MAIL, sub: 'kai@contoso.com', jti: 't1', iat: now, exp: now + 600, ...more }
}

export const STS = 'https://sts.example'
export const MAIL = 'https://mail.example'

/** An issuer with these keys inline. */
export function issuerOf(keys: readonly SigningKey[], more: Partial<TokenIssuer> = {}): TokenIssuer {
  return {
    issuer: STS,
    jwks: { keys: keys.map(({ jwk }) => jwk) },
    audience: MAIL,
    algorithms: ['ES256', 'RS256', 'Ed25519'],
    profile: 'rfc8693',
    ...more,
  }
}

/** The error that refuses a token. Throws where the token is accepted. */
export async function refusal(verified: Promise<unknown>): Promise<TokenError> {
  const error: unknown = await verified.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof TokenError) return error
  throw new Error('the token is accepted, or fails otherwise', { cause: error })
}
