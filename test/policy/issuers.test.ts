import { describe, expect, it } from 'vitest'
import { formatPolicyErrors, parsePolicy } from '../../src/policy/policy-file.ts'

function errorsOf(text: string): readonly string[] {
  const parsed = parsePolicy(text)
  return parsed.ok ? [] : formatPolicyErrors('p', parsed.errors)
}

const WRONG_ISSUERS = `issuers:
  - issuer: https://login.example
    jwks: http://login.example/jwks
    audience: []
    algorithms: [HS256]
    profile: odic
  - issuer: example.org
    jwks: { keys: [{ kty: OKP, crv: Ed25519, x: AA, d: AA }] }
    audience: mail
    algorithms: []
    profile: spiffe
    maxActors: 200
  - audience: mail
    expresses_actor: always
`

const ISSUER = {
  issuer: 'https://login.example',
  jwks: 'https://login.example/jwks',
  audience: ['mail'],
  algorithms: ['RS256'],
  profile: 'oidc',
}

describe('the issuers of a policy file', () => {
  it('that are wrong yield an error for each field, each with path and line', () => {
    expect(errorsOf(WRONG_ISSUERS)).toMatchInlineSnapshot(`
      [
        "p:3: issuers[0].jwks: jwks has to be an https: URL: whoever is on the way could replace the keys",
        "p:4: issuers[0].audience: audience has to be text, or a list of texts",
        "p:5: issuers[0].algorithms[0]: unknown algorithm "HS256"; did you mean RS256?",
        "p:6: issuers[0].profile: unknown profile "odic"; did you mean oidc?",
        "p:7: issuers[1].issuer: the issuer of a spiffe profile is a trust domain: spiffe://example.org",
        "p:8: issuers[1].jwks: jwks.keys[0] is a private or secret key; keep only its public members",
        "p:10: issuers[1].algorithms: algorithms has to list at least one",
        "p:12: issuers[1].maxActors: maxActors has to be at most 127",
        "p:13: issuers[2].issuer: "issuer" is missing",
        "p:13: issuers[2].jwks: "jwks" is missing",
        "p:13: issuers[2].algorithms: "algorithms" is missing",
        "p:13: issuers[2].profile: "profile" is missing",
        "p:14: issuers[2].expresses_actor: unknown key "expresses_actor"; did you mean expressesActor?",
      ]
    `)
  })

  it('that share a name and a profile are two by mistake', () => {
    const twice = JSON.stringify({ issuers: [ISSUER, { ...ISSUER, profile: 'id-jag' }, ISSUER] })
    expect(errorsOf(twice)).toEqual(['p:1: issuers[2]: this issuer is there twice with the same profile'])
  })

  it.each([
    'https://login.example/jwks',
    'http://127.0.0.1:8080/jwks',
    'http://localhost/jwks',
    'keys/login.json',
    'file:///etc/keys.json',
    { keys: [{ kty: 'RSA', n: 'AQ', e: 'AQAB' }] },
  ])('may have their keys at %j', (jwks) => {
    expect(errorsOf(JSON.stringify({ issuers: [{ ...ISSUER, jwks }] }))).toEqual([])
  })

  it.each([
    ['http://login.example/jwks', 'whoever is on the way could replace the keys'],
    ['http://localhost.evil.example/jwks', 'whoever is on the way could replace the keys'],
    ['ftp://login.example/jwks', 'jwks has to be an https: URL'],
    ['https://kai:pw@login.example/jwks', 'a user or a password'],
    ['https://', 'jwks is not a valid URL'],
    ['file://login.example/keys.json', 'jwks is a file: URL that is not the path of a file here'],
    ['file:///etc%2Fkeys.json', 'jwks is a file: URL that is not the path of a file here'],
    ['', 'jwks is empty'],
    [{ keys: [] }, 'at least one public JWK'],
    [{ keys: [{ kty: 'oct', k: 'AQ' }] }, 'private or secret key'],
    [{ keys: [{ kty: 'XYZ' }] }, 'has to have kty RSA, EC or OKP'],
    [7, 'not 7'],
  ])('may not have their keys at %j', (jwks, complaint) => {
    const errors = errorsOf(JSON.stringify({ issuers: [{ ...ISSUER, jwks }] }))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain(complaint)
  })
})
