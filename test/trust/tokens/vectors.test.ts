import { describe, expect, it } from 'vitest'
import type { PublicJwk } from '../../../src/policy/token-issuer.ts'
import { tokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import { issuerOf, refusal } from './signed.ts'

const CLAIMS = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'

/** RFC 7515, appendices A.2 and A.3. */
const A2 = {
  token: `eyJhbGciOiJSUzI1NiJ9.${CLAIMS}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
  jwk: {
    kty: 'RSA',
    n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
    e: 'AQAB',
  },
}
const A3 = {
  token: `eyJhbGciOiJFUzI1NiJ9.${CLAIMS}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  },
}
/** The key of RFC 8037, appendix A, and a token that it signed: of another type, and without the issuer of any policy. */
const OKP = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
const CARRIER = [
  { alg: 'Ed25519', kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k', typ: 'attribution+jwt' },
  {
    aud: 'mail',
    exp: 1_790_000_300,
    iat: 1_790_000_000,
    iss: 'chat',
    jti: '1',
    sub: 'kai@contoso.com',
    tid: '0af7651916cd43dd8448eb211c80319c',
  },
].map((each) => Buffer.from(JSON.stringify(each)).toString('base64url'))
const SIGNATURE = '42-3Vbf2qyV0PX37Fq0PlL8T6aqMC4JdmGwgCpe8gNIa71YzBkI9oGQuNDbBi-XzjT6X0Io_gFJyS2b2aZFSAQ'

function verifierOf(jwk: PublicJwk, issuer: string) {
  return tokenVerifier({ issuers: [issuerOf([], { issuer, jwks: { keys: [jwk] }, audience: 'mail' })] })
}

describe('the tokens of RFC 7515', () => {
  it.each([
    ['A.2', A2],
    ['A.3', A3],
  ])('%s has the right signature, and expired in 2011', async (_, { token, jwk }) => {
    const error = await refusal(verifierOf(jwk, 'joe').verify(token))
    expect(error).toMatchObject({ code: 'expired', issuer: 'joe' })
    expect(error.message).toContain('2011-03-22T18:43:00.000Z')
  })

  it.each([
    ['A.2', { token: A2.token, jwk: A3.jwk }, 'unknown_key'],
    ['A.3', { token: `${A3.token.slice(0, -10)}AAAAAAAAAA`, jwk: A3.jwk }, 'bad_signature'],
  ])('%s with another key or signature is refused', async (_, { token, jwk }, code) => {
    expect(await refusal(verifierOf(jwk, 'joe').verify(token))).toMatchObject({ code })
  })
})

describe('the key of RFC 8037', () => {
  it('signed a carrier, which is not a token of an issuer', async () => {
    const error = await refusal(verifierOf(OKP, 'chat').verify([...CARRIER, SIGNATURE].join('.')))
    expect(error).toMatchObject({ code: 'wrong_type', issuer: 'chat' })
  })
})

describe('the encrypted examples of RFC 7516', () => {
  it('A.1 is told from a signed token', async () => {
    const token =
      'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGeipsEdY3mx_etLbbWSrFr05kLzcSr4qKAq7YN7e9jwQRb23nfa6c9d-StnImGyFDbSv04uVuxIp5Zms1gNxKKK2Da14B8S4rzVRltdYwam_lDp5XnZAYpQdb76FdIKLaVmqgfwX7XWRxv2322i-vDxRfqNzo_tETKzpVLzfiwQyeyPGLBIO56YJ7eObdv0je81860ppamavo35UgoRdbYaBcoh9QcfylQr66oc6vFWXRcZ_ZT2LawVCWTIy3brGPi6UklfCpIMfIjf7iGdXKHzg.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A.XFBoMYUZodetZdvTiFvSkQ'
    expect(await refusal(verifierOf(OKP, 'joe').verify(token))).toMatchObject({ code: 'encrypted' })
  })
})
