import { createPublicKey } from 'node:crypto'
import { CompactEncrypt } from 'jose'
import { describe, expect, it } from 'vitest'
import { fingerprintOf } from '../../../src/trust/tokens/fingerprint.ts'
import { tokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import { isVerifiedIdentity } from '../../../src/trust/tokens/verified-identity.ts'
import { claims, hmacSigned, issuerOf, MAIL, part, refusal, signed, signingKey, STS } from './signed.ts'

const KEY = signingKey('k1')
const RSA = signingKey('rsa', 'RS256')
const OKP = signingKey('okp', 'Ed25519')
const STRANGER = signingKey('k1')
const verifier = tokenVerifier({ issuers: [issuerOf([KEY, RSA, OKP])] })
const verify = (token: unknown) => verifier.verify(token as string)

const now = () => Math.floor(Date.now() / 1000)

describe('a token that passes', () => {
  it('names who asked, what acts, and under what grant', async () => {
    const token = signed(KEY, claims({ scope: 'mail.send mail.read', act: { sub: 'report-assistant' } }))
    const identity = await verify(token)
    expect(isVerifiedIdentity(identity)).toBe(true)
    expect({ ...identity }).toEqual({
      principal: { id: 'kai@contoso.com', issuer: STS },
      actor: { id: 'report-assistant', issuer: STS },
      actorChain: ['report-assistant'],
      authority: { id: 't1', type: 'oauth', scopes: ['mail.send', 'mail.read'], expiresAt: identity.expiresAt },
      correlationId: undefined,
      fingerprint: fingerprintOf(token),
      issuer: STS,
      audience: [MAIL],
      jti: 't1',
      expiresAt: new Date((now() + 600) * 1000).toISOString(),
      isUndelegated: false,
      isSoftware: false,
      hasUncheckedProof: false,
    })
  })

  it.each([KEY, RSA, OKP])('may be signed with $alg', async (key) => {
    expect(await verify(signed(key, claims()))).toMatchObject({ principal: { id: 'kai@contoso.com' } })
  })

  it.each([
    ['EdDSA', 'Ed25519'],
    ['Ed25519', 'EdDSA'],
  ] as const)('may have the other name of its algorithm than its key: %s, %s', async (ofKey, alg) => {
    const jwks = { keys: [{ ...OKP.jwk, alg: ofKey }] }
    const both = tokenVerifier({ issuers: [issuerOf([], { jwks, algorithms: ['EdDSA', 'Ed25519'] })] })
    await expect(both.verify(signed(OKP, claims(), { alg }))).resolves.toBeDefined()
  })

  it.each(['JWT', 'at+jwt', 'application/at+jwt', 'AT+JWT', undefined])('may have the type %s', async (typ) => {
    await expect(verify(signed(KEY, claims(), { typ }))).resolves.toBeDefined()
  })

  it('may be for several services, if this is one of them, and says which', async () => {
    const identity = await verify(signed(KEY, claims({ aud: ['https://other.example', MAIL] })))
    expect(identity.audience).toEqual(['https://other.example', MAIL])
  })

  it('may be for the service that the call expects, in place of that of the issuer', async () => {
    const token = signed(KEY, claims({ aud: 'https://files.example' }))
    await expect(verifier.verify(token, { audience: 'https://files.example' })).resolves.toBeDefined()
    await expect(verifier.verify(token, { audience: ['x', 'https://files.example'] })).resolves.toBeDefined()
    expect(await refusal(verifier.verify(token, { audience: MAIL }))).toMatchObject({ code: 'wrong_audience' })
    expect(await refusal(verifier.verify(token, { audience: [] }))).toMatchObject({ code: 'wrong_audience' })
  })

  it('may be off by the tolerance for clocks, and by no more', async () => {
    const strict = tokenVerifier({ issuers: [issuerOf([KEY])], clockTolerance: 0 })
    const wide = tokenVerifier({ issuers: [issuerOf([KEY])], clockTolerance: 60 })
    const late = signed(KEY, claims({ exp: now() - 3 }))
    const early = signed(KEY, claims({ nbf: now() + 30 }))
    await expect(verify(late)).resolves.toBeDefined()
    expect(await refusal(strict.verify(late))).toMatchObject({ code: 'expired' })
    expect(await refusal(verify(early))).toMatchObject({ code: 'not_yet_valid' })
    await expect(wide.verify(early)).resolves.toBeDefined()
  })

  it('is the same token with other unused bits at the end of its signature', async () => {
    const token = signed(KEY, claims())
    const same = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
      .map((last) => token.slice(0, -1) + last)
      .filter((text) => text !== token && signatureOf(text).equals(signatureOf(token)))
    expect(same).toHaveLength(15)
    const identities = await Promise.all(same.map(verify))
    expect(new Set(identities.map(({ fingerprint }) => fingerprint))).toEqual(new Set([fingerprintOf(token)]))
  })

  it('has no proof of its key checked, and says so', async () => {
    expect(await verify(signed(KEY, claims({ cnf: { jkt: 'x' } })))).toMatchObject({ hasUncheckedProof: true })
  })
})

function signatureOf(token: string): Buffer {
  return Buffer.from(token.split('.')[2] ?? '', 'base64url')
}

const none = `${part({ alg: 'none' })}.${part(claims())}.`
const noExpiry = claims()
delete noExpiry['exp']
const PEM = createPublicKey(RSA.privateKey).export({ type: 'spki', format: 'pem' })
/** Another token's signature. */
const changed = (() => {
  const [head, , signature] = signed(KEY, claims()).split('.')
  return `${head}.${part(claims({ sub: 'lea@contoso.com' }))}.${signature}`
})()

describe('a token is refused, each for its own reason', () => {
  it.each<[string, unknown, string]>([
    ['that is not text', 42, 'malformed'],
    ['that is empty', '', 'malformed'],
    ['that is opaque', 'gho_16C7e42F292c6912E7710c838347Ae178B4a', 'malformed'],
    ['with its scheme', `Bearer ${signed(KEY, claims())}`, 'malformed'],
    ['with a line break at its end', `${signed(KEY, claims())}\n`, 'malformed'],
    ['whose claims are no JSON', signed(KEY, 'hello'), 'malformed'],
    ['whose claims are a list', signed(KEY, []), 'malformed'],
    ['whose claims are not UTF-8', signed(KEY, claims()).replace(/\.[^.]+\./u, '._w.'), 'malformed'],
    ['whose header is no JSON', signed(KEY, claims(), 'hello'), 'malformed'],
    ['whose kid is a number', signed(KEY, claims(), { kid: 1 }), 'malformed'],
    ['of a megabyte', signed(KEY, claims({ more: 'x'.repeat(1_000_000) })), 'oversize'],
    ['with a header of a megabyte', signed(KEY, claims(), { more: 'x'.repeat(1_000_000) }), 'oversize'],
    ['with more claims than are read', signed(KEY, claims(many(100))), 'too_complex'],
    ['that is nested too deeply', signed(KEY, nested(40)), 'too_complex'],
    ['that has a claim twice', signed(KEY, twice('sub')), 'duplicate_member'],
    ['that has a claim twice, spelled differently', signed(KEY, twice(String.raw`s\u0075b`)), 'duplicate_member'],
    [
      'that has a member of its header twice',
      signed(KEY, claims(), '{"alg":"ES256","kid":"x","kid":"k1"}'),
      'duplicate_member',
    ],
    ['of an issuer that is not known', signed(KEY, claims({ iss: 'https://evil.example' })), 'unknown_issuer'],
    ['of no issuer', signed(KEY, claims({ iss: undefined })), 'unknown_issuer'],
    ['of an issuer with another slash', signed(KEY, claims({ iss: `${STS}/` })), 'unknown_issuer'],
    ['of an issuer in capitals', signed(KEY, claims({ iss: STS.toUpperCase() })), 'unknown_issuer'],
    ['of an issuer that looks alike', signed(KEY, claims({ iss: STS.replace('e', '\u0435') })), 'unknown_issuer'],
    ['of an issuer with a character that nobody sees', signed(KEY, claims({ iss: `${STS}\u200B` })), 'unknown_issuer'],
    ['of a list of issuers', signed(KEY, claims({ iss: [STS] })), 'unknown_issuer'],
    ['of another type', signed(KEY, claims(), { typ: 'logout+jwt' }), 'wrong_type'],
    ['that is a carrier', signed(KEY, claims(), { typ: 'attribution+jwt' }), 'wrong_type'],
    ['without a signature', none, 'alg_not_allowed'],
    ['without a signature, in capitals', `${part({ alg: 'NONE' })}.${part(claims())}.`, 'alg_not_allowed'],
    ['without an algorithm', `${part({ kid: 'k1' })}.${part(claims())}.AAAA`, 'alg_not_allowed'],
    ['with an algorithm that is not listed', signed(KEY, claims(), { alg: 'ES384' }), 'alg_not_allowed'],
    ['that is signed with a public key as a secret', hmacSigned(PEM, claims(), { kid: 'rsa' }), 'alg_not_allowed'],
    ['that has EdDSA where Ed25519 is listed', signed(OKP, claims(), { alg: 'EdDSA' }), 'alg_not_allowed'],
    ['whose algorithm is not that of its key', signed(KEY, claims(), { alg: 'RS256' }), 'unknown_key'],
    ['whose algorithm is that of another key', signed(KEY, claims(), { kid: 'rsa' }), 'unknown_key'],
    ['that names a path as its key', signed(KEY, claims(), { kid: '../../../../dev/null' }), 'unknown_key'],
    ['that names a URL as its key', signed(KEY, claims(), { kid: 'https://evil.example/k' }), 'unknown_key'],
    ['that names a statement as its key', signed(KEY, claims(), { kid: "x' UNION SELECT 'k" }), 'unknown_key'],
    ['that names __proto__ as its key', signed(KEY, claims(), { kid: '__proto__' }), 'unknown_key'],
    ['that is signed by a stranger', signed(STRANGER, claims()), 'bad_signature'],
    ['that brings its own key', signed(STRANGER, claims(), { jwk: STRANGER.jwk }), 'bad_signature'],
    ['that links to its own keys', signed(STRANGER, claims(), { jku: 'https://evil.example/jwks' }), 'bad_signature'],
    ['that links to its own certificate', signed(STRANGER, claims(), { x5u: 'https://evil.example' }), 'bad_signature'],
    ['that was changed', changed, 'bad_signature'],
    ['whose signature is missing', signed(KEY, claims()).replace(/[^.]+$/u, ''), 'bad_signature'],
    ['with an extension that must be understood', signed(KEY, claims(), { crit: ['x'], x: 1 }), 'unsupported_header'],
    ['whose claims are not encoded', signed(KEY, claims(), { crit: ['b64'], b64: false }), 'unsupported_header'],
    ['without expiry', signed(KEY, noExpiry), 'missing_claim'],
    ['without an audience', signed(KEY, claims({ aud: undefined })), 'missing_claim'],
    ['without a subject', signed(KEY, claims({ sub: undefined })), 'missing_claim'],
    ['whose actor has no subject', signed(KEY, claims({ act: { iss: STS } })), 'missing_claim'],
    ['whose subject is a number', signed(KEY, claims({ sub: 7 })), 'invalid_claim'],
    ['whose subject is blank', signed(KEY, claims({ sub: ' ' })), 'invalid_claim'],
    ['whose subject is longer than an id', signed(KEY, claims({ sub: 'x'.repeat(2_000) })), 'invalid_claim'],
    ['whose audience is a number', signed(KEY, claims({ aud: 7 })), 'invalid_claim'],
    ['whose actor is text', signed(KEY, claims({ act: 'report-assistant' })), 'invalid_claim'],
    ['whose expiry is in milliseconds', signed(KEY, claims({ exp: Date.now() + 600_000 })), 'invalid_claim'],
    ['whose expiry is text', signed(KEY, claims({ exp: '1790000000' })), 'invalid_claim'],
    ['that expired', signed(KEY, claims({ exp: now() - 60 })), 'expired'],
    ['that is not yet valid', signed(KEY, claims({ nbf: now() + 60 })), 'not_yet_valid'],
    ['that was issued in the future', signed(KEY, claims({ iat: now() + 86_400 })), 'not_yet_valid'],
    ['for another service', signed(KEY, claims({ aud: 'https://files.example' })), 'wrong_audience'],
    ['for a service that begins alike', signed(KEY, claims({ aud: `${MAIL}/` })), 'wrong_audience'],
    ['with more actors than policy allows', signed(KEY, actedBy(9)), 'chain_too_deep'],
    ['with very many actors', signed(KEY, actedBy(500)), 'chain_too_deep'],
    ['with ten thousand actors', signed(KEY, actedBy(10_000)), 'oversize'],
  ])('%s', async (_, token, code) => {
    const error = await refusal(verify(token))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/^[A-Z][^\n]{20,400}\.$/u)
    expect([error.name, error.cause]).toEqual(['TokenError', undefined])
  })

  it('that is encrypted', async () => {
    const inner = new TextEncoder().encode(signed(KEY, claims()))
    const key = createPublicKey(RSA.privateKey)
    const token = await new CompactEncrypt(inner)
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
      .encrypt(key)
    expect(await refusal(verify(token))).toMatchObject({ code: 'encrypted' })
  })

  it('that RFC 7515 has as examples: HMAC (A.1) and unsecured (A.5)', async () => {
    const a1 =
      'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const a5 =
      'eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.'
    const joe = tokenVerifier({ issuers: [issuerOf([KEY], { issuer: 'joe' })] })
    expect(await refusal(joe.verify(a1))).toMatchObject({ code: 'alg_not_allowed', issuer: 'joe' })
    expect(await refusal(joe.verify(a5))).toMatchObject({ code: 'alg_not_allowed', issuer: 'joe' })
  })

  it('whose key is not named, where the issuer has several that fit', async () => {
    const two = tokenVerifier({ issuers: [issuerOf([KEY, signingKey('k2')])] })
    const token = signed(KEY, claims(), { kid: undefined })
    expect(await refusal(two.verify(token))).toMatchObject({ code: 'unknown_key' })
    await expect(verify(token)).resolves.toBeDefined()
  })

  it.each([
    [{ key_ops: ['sign'] }],
    [{ key_ops: 'verify' }],
    [{ use: 'enc' }],
    [{ alg: 'ES384' }],
    [{ crv: 'P-384' }],
  ] as const)('whose key is not there to check it: %j', async (more) => {
    const jwks = { keys: [{ ...KEY.jwk, ...more } as never] }
    const other = tokenVerifier({ issuers: [issuerOf([], { jwks })] })
    expect(await refusal(other.verify(signed(KEY, claims())))).toMatchObject({ code: 'unknown_key' })
    const fit = { keys: [{ ...KEY.jwk, key_ops: ['verify'], use: 'sig', alg: 'ES256' }] }
    await expect(
      tokenVerifier({ issuers: [issuerOf([], { jwks: fit })] }).verify(signed(KEY, claims())),
    ).resolves.toBeDefined()
  })

  it('and does no harm with names that JavaScript gives a meaning', async () => {
    const text = JSON.stringify(claims()).replace(
      '{',
      '{"__proto__":{"isAdmin":true,"principal":"root"},"constructor":{"prototype":{"isAdmin":true}},',
    )
    const identity = await verify(signed(KEY, text))
    expect(identity.principal).toEqual({ id: 'kai@contoso.com', issuer: STS })
    expect('isAdmin' in {}).toBe(false)
    expect('isAdmin' in identity).toBe(false)
    const bare = JSON.stringify(claims({ sub: undefined })).replace('{', '{"__proto__":{"sub":"root"},')
    expect(await refusal(verify(signed(KEY, bare)))).toMatchObject({ code: 'missing_claim' })
  })

  it('within a time that does not grow with what it nests', async () => {
    const start = performance.now()
    const texts = [
      actedBy(700),
      nested(5_000),
      '"'.repeat(10_000),
      `{"a":"${'\\'.repeat(5_000)}`,
      '{"a":'.repeat(2_000),
    ]
    for (const text of texts) await refusal(verify(signed(KEY, text)))
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})

describe('the error', () => {
  it('names issuer and key as the token does, with what cannot be seen escaped', async () => {
    const error = await refusal(verify(signed(KEY, claims({ iss: 'https://st\u0455.example\u202E' }), { kid: 'k\n1' })))
    expect(error).toMatchObject({ issuer: String.raw`https://st\u{455}.example\u202e`, kid: String.raw`k\u000a1` })
  })

  it('names nothing that holds a secret, and nothing at any length', async () => {
    const inner = signed(KEY, claims())
    expect(await refusal(verify(signed(KEY, claims(), { kid: inner })))).toMatchObject({ kid: undefined })
    const leaked = { kid: 'ghp_16C7e42F292c6912E7710c838347Ae178B4a' }
    expect(await refusal(verify(signed(KEY, claims(), leaked)))).toMatchObject({ code: 'unknown_key', kid: undefined })
    const long = await refusal(verify(signed(KEY, claims(), { kid: 'x'.repeat(5_000) })))
    expect(long.kid?.length).toBeLessThan(250)
  })
})

function many(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, index]))
}

/** Raw JSON: what is nested so deeply can't be made of objects. */
function nested(depth: number): string {
  return `${JSON.stringify(claims()).slice(0, -1)},"more":${'['.repeat(depth)}${']'.repeat(depth)}}`
}

function actedBy(count: number): string {
  const around = '{"sub":"a","act":'.repeat(count - 1)
  return `${JSON.stringify(claims()).slice(0, -1)},"act":${around}{"sub":"a"}${'}'.repeat(count)}`
}

/** Raw JSON, because an object has each name once. */
function twice(name: string): string {
  return `${JSON.stringify(claims()).slice(0, -1)},"${name}":"lea@contoso.com"}`
}

describe('what a library put on the prototype of every object', () => {
  const put = async (key: string, value: unknown, work: () => Promise<void>) => {
    Reflect.defineProperty(Object.prototype, key, { value, configurable: true, writable: true })
    try {
      await work()
    } finally {
      Reflect.deleteProperty(Object.prototype, key)
    }
  }

  it('is no expected audience', async () => {
    const token = signed(KEY, claims({ aud: 'https://files.example' }))
    await put('audience', 'https://files.example', async () => {
      expect(await refusal(verify(token))).toMatchObject({ code: 'wrong_audience' })
      expect(await refusal(verifier.verify(token, {}))).toMatchObject({ code: 'wrong_audience' })
    })
  })

  it('is no actor token', async () => {
    const token = signed(KEY, claims({ sid: 's1' }))
    await put('actorToken', signed(KEY, claims({ sub: 'payer', sid: 's1' })), async () => {
      expect((await verify(token)).actorChain).toEqual([])
    })
  })

  it.each<[string, unknown]>([
    ['roles', { principal: 'manager' }],
    ['agents', ['web-app']],
    ['expressesActor', 'always'],
    ['maxActors', 0],
  ])('says nothing of an issuer: %s', async (key, value) => {
    const token = signed(KEY, claims({ manager: 'lea', client_id: 'web-app', act: { sub: 'a' } }))
    const bare = signed(KEY, claims({ client_id: 'web-app' }))
    await put(key, value, async () => {
      expect(await verify(token)).toMatchObject({ principal: { id: 'kai@contoso.com' } })
      expect(await verify(bare)).toMatchObject({ isUndelegated: false })
    })
  })

  it('says nothing of the roles of an issuer', async () => {
    const mapped = tokenVerifier({ issuers: [issuerOf([KEY], { roles: { correlation: 'flow' } })] })
    await put('principal', 'manager', async () => {
      const identity = await mapped.verify(signed(KEY, claims({ manager: 'lea', flow: 'f1' })))
      expect(identity).toMatchObject({ principal: { id: 'kai@contoso.com' }, correlationId: 'f1' })
    })
  })
})
