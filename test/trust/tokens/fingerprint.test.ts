import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../src/base/secret.ts'
import { credentialOf } from '../../../src/trust/tokens/credential.ts'
import { fingerprintOf, keyed } from '../../../src/trust/tokens/fingerprint.ts'
import { part } from './signed.ts'

/** RFC 8037, appendix A.4. */
const RFC8037 =
  'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'

describe('the fingerprint of a signed token', () => {
  it('is over header and payload, so that another text of its signature changes nothing', () => {
    const [header, payload] = RFC8037.split('.')
    const digest = createHash('sha256').update(`${header}.${payload}`).digest().subarray(0, 16)
    expect(fingerprintOf(RFC8037)).toBe(`sha-256:${digest.toString('base64url')}`)
    expect(fingerprintOf(`${RFC8037.slice(0, -1)}h`)).toBe(fingerprintOf(RFC8037))
    expect(fingerprintOf(`${header}.${payload}.`)).toBe(fingerprintOf(RFC8037))
  })

  it('is that by which a token in any other text is hidden', () => {
    expect(fingerprintOf(RFC8037)).toBe(fingerprint(RFC8037))
  })

  it.each([
    ['a scheme', (token: string) => `Bearer ${token}`],
    ['a whole header', (token: string) => `authorization: bearer  ${token}\r\n`],
    ['another scheme', (token: string) => `DPoP ${token}`],
    ['blanks', (token: string) => ` ${token}\n`],
    ['padding', (token: string) => `${token}==`],
  ])('is that of the token alone where it comes with %s', (_, written) => {
    expect(fingerprintOf(written(RFC8037))).toBe(fingerprintOf(RFC8037))
    expect(fingerprintOf(written('opaque-token'))).toMatch(/^hmac-sha-256:/u)
  })

  it('is another one for another payload', () => {
    const [header, , signature] = RFC8037.split('.')
    expect(fingerprintOf(`${header}.${part('other')}.${signature}`)).not.toBe(fingerprintOf(RFC8037))
  })
})

describe('the fingerprint of another credential', () => {
  it.each([
    ['opaque', 'gho_16C7e42F292c6912E7710c838347Ae178B4a'],
    ['short', '1234'],
    ['empty', ''],
    ['with dots', 'kai.contoso.com'],
    ['with dots and blanks', 'a b.c.d'],
  ])('that is %s cannot be guessed outside of this process', (_, secret) => {
    expect(fingerprintOf(secret)).toMatch(/^hmac-sha-256:[\w-]{22}$/u)
    expect(fingerprintOf(secret)).toBe(fingerprintOf(secret))
    const bare = createHash('sha256').update(secret).digest().subarray(0, 16).toString('base64url')
    expect(fingerprintOf(secret)).not.toContain(bare)
  })

  it('that is encrypted is over its bytes, of which a text has several forms', () => {
    // 16 bytes are 22 characters, and the last one has four bits that nothing reads.
    const token = (last: string) => ['eyJ', 'AAAA', 'AAAA', 'AAAA', `${'A'.repeat(21)}${last}`].join('.')
    expect(fingerprintOf(token('A'))).toMatch(/^sha-256:/u)
    expect(fingerprintOf(token('B'))).toBe(fingerprintOf(token('A')))
    expect(fingerprintOf(token('Q'))).not.toBe(fingerprintOf(token('A')))
  })

  it('is keyed anew in each process', () => {
    expect(keyed('x')).toMatch(/^[\w-]{22}$/u)
    expect(keyed('x')).not.toBe(keyed('y'))
  })
})

describe('the credential of a token', () => {
  it('has its fingerprint, and what it is told', () => {
    expect(credentialOf(RFC8037, { type: 'delegated', subject: 'kai' })).toEqual({
      id: fingerprintOf(RFC8037),
      type: 'delegated',
      subject: 'kai',
    })
    expect(credentialOf(RFC8037)).toEqual({ id: fingerprintOf(RFC8037) })
  })
})
