import { createPublicKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, CompactSign, compactVerify, importJWK } from 'jose'
import type { JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { isSignedBy, readJws, signedJws } from '../../../src/trust/carriers/jws.ts'
import type { CompactJws } from '../../../src/trust/carriers/jws.ts'
import { signingKeyFrom, verifyingKeysFrom } from '../../../src/trust/carriers/keys.ts'
import { newPair, RFC_8037, THUMBPRINT } from './sample-keys.ts'

const PAYLOAD = {
  aud: 'mail',
  exp: 1_790_000_300,
  iat: 1_790_000_000,
  iss: 'chat',
  jti: '1',
  sub: 'kai@contoso.com',
  tid: '0af7651916cd43dd8448eb211c80319c',
}
const SIGNATURE = '42-3Vbf2qyV0PX37Fq0PlL8T6aqMC4JdmGwgCpe8gNIa71YzBkI9oGQuNDbBi-XzjT6X0Io_gFJyS2b2aZFSAQ'

const publicOf = (key: ReturnType<typeof signingKeyFrom>) => ({
  key: createPublicKey(key.key as KeyObject),
  algorithm: key.algorithm,
})

describe('a compact JWS', () => {
  it('has the signature of RFC 8037, appendix A.4', () => {
    const { key } = signingKeyFrom(RFC_8037)
    const header = Buffer.from('{"alg":"EdDSA"}').toString('base64url')
    const input = `${header}.${Buffer.from('Example of Ed25519 signing').toString('base64url')}`
    expect(sign(null, Buffer.from(input), key as KeyObject).toString('base64url')).toBe(
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    )
  })
  it('is signed over a header whose order is fixed', () => {
    const key = signingKeyFrom(RFC_8037)
    expect(key.kid).toBe(THUMBPRINT)
    const text = signedJws(PAYLOAD, key)
    const [header = '', , signature] = text.split('.')
    expect(Buffer.from(header, 'base64url').toString()).toBe(
      `{"alg":"Ed25519","kid":"${THUMBPRINT}","typ":"attribution+jwt"}`,
    )
    expect(signature).toBe(SIGNATURE)
  })
  it('says the same, and is signed by the same key, where bits of its signature differ that say nothing', () => {
    const key = signingKeyFrom(RFC_8037)
    const text = signedJws(PAYLOAD, key)
    const [one, other] = [readJws(text), readJws(`${text.slice(0, -1)}R`)] as [CompactJws, CompactJws]
    expect(other.signed).toBe(one.signed)
    expect([isSignedBy(one, publicOf(key)), isSignedBy(other, publicOf(key))]).toEqual([true, true])
  })
  it.each(['Ed25519', 'P-256'] as const)('is the same to jose, in both directions: %s', async (type) => {
    const pair = newPair('k', type)
    const key = signingKeyFrom(pair.privateJwk)
    const theirs = await importJWK(pair.publicJwk as JWK, key.algorithm)
    const { payload, protectedHeader } = await compactVerify(signedJws(PAYLOAD, key), theirs)
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(PAYLOAD)
    expect(protectedHeader).toEqual({ alg: key.algorithm, kid: 'k', typ: 'attribution+jwt' })
    const text = await new CompactSign(Buffer.from(JSON.stringify(PAYLOAD)))
      .setProtectedHeader(protectedHeader)
      .sign(await importJWK(pair.privateJwk as JWK, key.algorithm))
    const read = readJws(text) as CompactJws
    expect([read.payload, read.kid, isSignedBy(read, publicOf(key))]).toEqual([PAYLOAD, 'k', true])
    expect(isSignedBy(read, publicOf(signingKeyFrom(newPair('k', type).privateJwk)))).toBe(false)
  })
  it('names a key as jose does', async () => {
    for (const type of ['Ed25519', 'P-256'] as const) {
      const { privateJwk, publicJwk } = newPair('k', type)
      const { kid: _, ...unnamed } = privateJwk
      expect(signingKeyFrom(unnamed).kid).toBe(await calculateJwkThumbprint(publicJwk as JWK))
    }
  })
  it('is not checked by a key of another algorithm', () => {
    const [one, other] = [signingKeyFrom(newPair('k').privateJwk), signingKeyFrom(newPair('k', 'P-256').privateJwk)]
    const read = readJws(signedJws(PAYLOAD, one)) as CompactJws
    expect(isSignedBy(read, publicOf(other))).toBe(false)
    expect(isSignedBy({ ...read, algorithm: 'ES256' }, publicOf(one))).toBe(false)
  })
  it.each([
    '',
    '.',
    '..',
    'a.b',
    'a.b.c',
    'a.b.c.d',
    `${'a'.repeat(20_000)}.b.c`,
    // RFC 7515, appendix A.5: alg none.
    'eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.',
    // RFC 7515, appendix A.1: HMAC.
    'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  ])('is none of this: %s', (text) => {
    expect(readJws(text)).toBeUndefined()
  })
  it('holds at most 64 claims, at most 32 deep, none twice, and none with a name of the language', () => {
    const key = signingKeyFrom(RFC_8037)
    const isRead = (payload: object) => readJws(signedJws(payload, key)) !== undefined
    const claims = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, 0]))
    const nested = (depth: number): object => (depth === 0 ? {} : { in: nested(depth - 1) })
    expect([claims(64), claims(65), nested(31), nested(32)].map(isRead)).toEqual([true, false, true, false])
    const named = ['{"a":{"__proto__":1}}', '{"a":[{"constructor":1}]}', '{"prototype":1}']
    expect(named.map((text) => isRead(JSON.parse(text) as object))).toEqual([false, false, false])
  })
})

describe('the keys of a signer', () => {
  it('are found by their exact names', () => {
    const keys = verifyingKeysFrom({ keys: [newPair('a').publicJwk, newPair('b', 'P-256').publicJwk] })
    expect([...keys].map(([kid, { algorithm }]) => [kid, algorithm])).toEqual([
      ['a', 'Ed25519'],
      ['b', 'ES256'],
    ])
    expect(['A', 'a ', '__proto__', 'toString', ''].map((kid) => keys.get(kid))).toEqual(Array(5).fill(undefined))
  })
})
