import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { credentialOf } from '../../../src/trust/tokens/credential.ts'
import { fingerprintOf } from '../../../src/trust/tokens/fingerprint.ts'
import { tokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import { isVerifiedIdentity } from '../../../src/trust/tokens/verified-identity.ts'

const { publicKey, privateKey } = await generateKeyPair('ES256')
const jwk = { ...(await exportJWK(publicKey)), kid: 'k1' }
const verifier = tokenVerifier({
  issuers: [
    {
      issuer: 'https://sts.example',
      jwks: { keys: [jwk as never] },
      audience: 'https://mail.example',
      algorithms: ['ES256'],
      profile: 'rfc8693',
    },
  ],
})

describe('a token of RFC 8693', () => {
  let token = ''
  beforeAll(async () => {
    token = await new SignJWT({
      iss: 'https://sts.example',
      aud: 'https://mail.example',
      sub: 'kai@contoso.com',
      scope: 'mail.send',
      jti: 't1',
      act: { sub: 'report-assistant' },
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(privateKey)
  })

  it('names who asked and what acts', async () => {
    const identity = await verifier.verify(token)
    expect(isVerifiedIdentity(identity)).toBe(true)
    expect(identity).toMatchObject({
      principal: { id: 'kai@contoso.com', issuer: 'https://sts.example' },
      actor: { id: 'report-assistant', issuer: 'https://sts.example' },
      actorChain: ['report-assistant'],
      authority: { id: 't1', type: 'oauth', scopes: ['mail.send'] },
      fingerprint: fingerprintOf(token),
    })
    expect(credentialOf(identity, { type: 'delegated' })).toEqual(credentialOf(token, { type: 'delegated' }))
  })
})
