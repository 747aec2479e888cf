import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { publicKeyFrom, signingKeyFrom, UnusableKey, verifyingKeysFrom } from '../../../src/trust/carriers/keys.ts'
import { newPair, RFC_8037, THUMBPRINT } from './sample-keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'onbehalf-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const PAIR = generateKeyPairSync('ed25519')
const PEM = PAIR.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
const PUBLIC_PEM = PAIR.publicKey.export({ format: 'pem', type: 'spki' }) as string
const RSA = generateKeyPairSync('rsa', { modulusLength: 2_048 })

/** Why a key can't be used. */
function complaint(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (error instanceof UnusableKey) return error.message
    throw error
  }
  return 'none'
}

describe('a signing key', () => {
  it.each<[string, unknown]>([
    ['a JWK', RFC_8037],
    ['the text of a JWK', JSON.stringify(RFC_8037)],
    ['a file with a JWK', file('key.json', `\n${JSON.stringify(RFC_8037)}\n`)],
  ])('is %s', (_, input) => {
    expect(signingKeyFrom(input)).toMatchObject({ kid: THUMBPRINT, algorithm: 'Ed25519' })
  })
  it.each([
    ['a PEM', PEM],
    ['a file with a PEM', file('key.pem', PEM)],
  ])('is %s', (_, input) => {
    const { key, algorithm } = signingKeyFrom(input)
    expect(createPublicKey(key as KeyObject).export({ format: 'pem', type: 'spki' })).toBe(PUBLIC_PEM)
    expect(algorithm).toBe('Ed25519')
  })
  it('is named as asked, else as its JWK says', () => {
    expect(signingKeyFrom({ ...RFC_8037, kid: 'own' }).kid).toBe('own')
    expect(signingKeyFrom({ ...RFC_8037, kid: 'own' }, 'other').kid).toBe('other')
  })
  it('states its algorithm by either name, or not at all', () => {
    for (const alg of ['EdDSA', 'Ed25519', undefined])
      expect(signingKeyFrom({ ...RFC_8037, alg }).algorithm).toBe('Ed25519')
    expect(complaint(() => signingKeyFrom({ ...RFC_8037, alg: 'RS256' }))).toBe('its alg has to be Ed25519')
  })
  it.each<[string, unknown, string]>([
    ['a public JWK', { ...RFC_8037, d: undefined }, 'is a public key; a private one is needed'],
    ['a public PEM', PUBLIC_PEM, 'is a public key; a private one is needed'],
    ['a set', { keys: [RFC_8037] }, 'is a set of keys; one private key is needed'],
    ['RSA', RSA.privateKey.export({ format: 'jwk' }), 'is of another type; Ed25519 and P-256 are known'],
    [
      'another curve',
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' }),
      'is of another type',
    ],
    ['no file', join(folder, 'none.json'), 'cannot be read: there is no such file'],
    ['a folder', folder, 'cannot be read: this is a directory'],
    ['the bytes of a key', `0.\u0000${'secret'.repeat(9)}`, 'cannot be read: ERR_INVALID_ARG_VALUE'],
    ['a file with words', file('words.txt', 'hello'), 'is neither a JWK (RFC 7517) nor a PEM'],
    ['a list', [], 'is neither a JWK (RFC 7517) nor a PEM'],
    ['a number', 7, 'is neither a JWK (RFC 7517) nor a PEM'],
    ['a damaged JWK', { ...RFC_8037, d: 'short' }, 'cannot be read as a key'],
    ['a damaged PEM', PEM.replace('M', '!'), 'cannot be read as a key'],
    ['a name that is too long', { ...RFC_8037, kid: 'k'.repeat(300) }, 'its kid has to be a text'],
    ['a name that is none', { ...RFC_8037, kid: 7 }, 'its kid has to be a text'],
  ])('is not %s, and the complaint holds none of it', (_, input, message) => {
    const said = complaint(() => signingKeyFrom(input))
    expect(said).toContain(message)
    expect(said).not.toMatch(/nWGx|short|BEGIN/u)
  })
})

describe('the public keys of a signer', () => {
  it.each<[string, unknown]>([
    ['a JWK Set', { keys: [newPair('a').publicJwk] }],
    ['its text', JSON.stringify({ keys: [newPair('a').publicJwk] })],
    ['one JWK', newPair('a').publicJwk],
  ])('are in %s', (_, input) => {
    expect([...verifyingKeysFrom(input).keys()]).toEqual(['a'])
  })
  it('are in a PEM, named by the thumbprint', () => {
    const [kid] = verifyingKeysFrom(PUBLIC_PEM).keys()
    expect(kid).toBe(signingKeyFrom(PEM).kid)
  })
  it('are those that sign: others are left out', () => {
    const others = [
      RSA.publicKey.export({ format: 'jwk' }),
      { ...newPair('box').publicJwk, use: 'enc' },
      { ...newPair('box', 'P-256').publicJwk, alg: 'ECDH-ES+A256KW' },
      { ...newPair('box', 'P-256').publicJwk, key_ops: ['deriveKey'] },
      generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }),
      { ...newPair('7').publicJwk, kid: 7 },
      null,
      'key',
    ]
    expect([...verifyingKeysFrom({ keys: [...others, newPair('a').publicJwk] }).keys()]).toEqual(['a'])
    expect(complaint(() => verifyingKeysFrom({ keys: others }))).toBe('holds no Ed25519 or P-256 key that signs')
  })
  it('are public, few, and whole', () => {
    expect(complaint(() => verifyingKeysFrom({ keys: [RFC_8037] }))).toBe('holds a private key; list public ones')
    expect(complaint(() => verifyingKeysFrom(PEM))).toBe('is a private key; a public one is needed')
    expect(complaint(() => verifyingKeysFrom({ keys: Array(10_000).fill(newPair('a').publicJwk) }))).toContain(
      'more than',
    )
    expect(complaint(() => verifyingKeysFrom({ keys: [{ ...newPair('a').publicJwk, x: 'AA' }] }))).toContain('damaged')
  })
  it('keep the first of two with one name', () => {
    const [one, other] = [newPair('a'), newPair('a')]
    const key = verifyingKeysFrom({ keys: [one.publicJwk, other.publicJwk] }).get('a')?.key as KeyObject
    expect(key.export({ format: 'jwk' })).toMatchObject({ x: one.publicJwk.x })
  })
})

describe('the public key of a receiver', () => {
  it('is a JWK, a PEM or a file with either, and never private', () => {
    expect(publicKeyFrom(newPair('a').publicJwk).kid).toBe('a')
    expect(publicKeyFrom(file('pub.pem', PUBLIC_PEM)).key.asymmetricKeyType).toBe('ed25519')
    expect(complaint(() => publicKeyFrom(PEM))).toBe('is a private key; a public one is needed')
    expect(complaint(() => publicKeyFrom(RFC_8037))).toBe('holds a private key; list public ones')
  })
})
