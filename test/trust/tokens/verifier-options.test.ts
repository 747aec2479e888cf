import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AttributionConfigError } from '../../../src/policy/config-error.ts'
import { createPolicy } from '../../../src/policy/policy.ts'
import { tokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import type { TokenPolicy } from '../../../src/trust/tokens/token-verifier.ts'
import { claims, issuerOf, refusal, signed, signingKey } from './signed.ts'

const KEY = signingKey('k1')
const ISSUER = issuerOf([KEY])

function problems(options: unknown): readonly string[] {
  try {
    tokenVerifier(options as never)
  } catch (error) {
    if (error instanceof AttributionConfigError) return error.problems
    throw error
  }
  return []
}

describe('the options of a verifier', () => {
  it('that are wrong are all named at once', () => {
    const wrong = {
      issuers: [{ ...ISSUER, algorithms: ['none'], audience: '' }, { issuer: 'https://x' }],
      clockTolerance: 61,
      clockTolerence: 1,
    }
    expect(problems(wrong)).toEqual([
      'option issuers[0].audience: audience has to be text, or a list of texts',
      expect.stringContaining('option issuers[0].algorithms[0]: unknown algorithm "none"'),
      'option issuers[1].jwks: "jwks" is missing',
      'option issuers[1].audience: "audience" is missing',
      'option issuers[1].algorithms: "algorithms" is missing',
      'option issuers[1].profile: "profile" is missing',
      'option clockTolerance: clockTolerance has to be 0 to 60 seconds',
      'option clockTolerence: unknown key "clockTolerence"; did you mean clockTolerance?',
    ])
  })

  it.each<[unknown, string]>([
    [7, 'options: options has to be a mapping, not 7'],
    [[], 'options: options has to be a mapping, not a list'],
    [{ issuers: [] }, 'option issuers: issuers has to list at least one'],
    [{ issuers: {} }, 'option issuers: issuers has to be a list, not a mapping'],
    [{ clockTolerance: -1 }, 'option clockTolerance: clockTolerance has to be 0 to 60 seconds'],
    [{ clockTolerance: '5' }, 'option clockTolerance: clockTolerance has to be a number of seconds, not "5"'],
    [{ clockTolerance: Number.NaN }, 'option clockTolerance: clockTolerance has to be a number of seconds, not NaN'],
    [
      new Proxy({}, { ownKeys: () => explode(), get: () => explode(), has: () => explode() }),
      'options: cannot be read',
    ],
  ])('%# are refused', (options, problem) => {
    expect(problems(options)).toEqual([problem])
  })

  it('need the files of keys to be there', () => {
    const missing = { issuers: [{ ...ISSUER, jwks: 'no/such/keys.json' }] }
    expect(problems(missing)).toEqual([
      `option issuers[0].jwks: ${join(process.cwd(), 'no/such/keys.json')} cannot be read: there is no such file`,
    ])
  })

  it('are copied: what the app does with its objects later changes nothing', async () => {
    const issuer = { ...ISSUER, algorithms: ['ES256' as const], jwks: { keys: [{ ...KEY.jwk }] } }
    const verifier = tokenVerifier({ issuers: [issuer] })
    issuer.algorithms.length = 0
    issuer.jwks.keys.length = 0
    await expect(verifier.verify(signed(KEY, claims()))).resolves.toBeDefined()
  })
})

describe('a verifier without issuers', () => {
  it('follows the policy in force, also one that comes later', async () => {
    let policy: TokenPolicy | undefined
    const verifier = tokenVerifier(undefined, () => policy)
    const token = signed(KEY, claims({ act: { sub: 'a', act: { sub: 'b' } } }))
    expect(await refusal(verifier.verify(token))).toMatchObject({ code: 'unknown_issuer' })
    policy = createPolicy({ issuers: [ISSUER] })
    await expect(verifier.verify(token)).resolves.toMatchObject({ actorChain: ['b', 'a'] })
    policy = createPolicy({ issuers: [ISSUER], chain: { max_depth: 1 } })
    expect(await refusal(verifier.verify(token))).toMatchObject({ code: 'chain_too_deep' })
    policy = createPolicy({ issuers: [{ ...ISSUER, maxActors: 2 }], chain: { max_depth: 1 } })
    await expect(verifier.verify(token)).resolves.toBeDefined()
    policy = createPolicy()
    expect(await refusal(verifier.verify(token))).toMatchObject({ code: 'unknown_issuer' })
  })

  it('with issuers of its own keeps to those, and to the depth of the policy', async () => {
    const other = createPolicy({ issuers: [issuerOf([KEY], { issuer: 'https://other' })], chain: { max_depth: 1 } })
    const verifier = tokenVerifier({ issuers: [ISSUER] }, () => other)
    await expect(verifier.verify(signed(KEY, claims()))).resolves.toBeDefined()
    const foreign = signed(KEY, claims({ iss: 'https://other' }))
    expect(await refusal(verifier.verify(foreign))).toMatchObject({ code: 'unknown_issuer' })
    const deep = signed(KEY, claims({ act: { sub: 'a', act: { sub: 'b' } } }))
    expect(await refusal(verifier.verify(deep))).toMatchObject({ code: 'chain_too_deep' })
  })
})

function explode(): never {
  throw new Error('boom')
}
