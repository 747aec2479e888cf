import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TOKEN_PROFILES } from '../../../src/policy/token-issuer.ts'
import type { TokenIssuer } from '../../../src/policy/token-issuer.ts'
import { PROFILES } from '../../../src/trust/tokens/profiles/index.ts'
import { CLAIM } from '../../../src/trust/tokens/claims.ts'
import { TOKEN_ERROR_CODES, TokenError } from '../../../src/trust/tokens/token-error.ts'
import { tokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import { isVerifiedIdentity } from '../../../src/trust/tokens/verified-identity.ts'
import { claims, issuerOf, part, signed, signingKey } from './signed.ts'

const KEY = signingKey('k1', 'Ed25519')
const verifierOf = (more: Partial<TokenIssuer> = {}) => tokenVerifier({ issuers: [issuerOf([KEY], more)] })

/** What comes of a token: nothing but an identity, or a `TokenError` with a code that is known. */
async function outcome(token: unknown, more?: Partial<TokenIssuer>, actorToken?: string): Promise<string> {
  const expected = actorToken === undefined ? {} : { actorToken }
  try {
    const identity = await verifierOf(more).verify(token as string, expected)
    return isVerifiedIdentity(identity) && (identity.principal ?? identity.actor) !== undefined ? 'identity' : 'nobody'
  } catch (error) {
    if (error instanceof TokenError) return error.code
    throw error
  }
}

const KNOWN: readonly string[] = [...TOKEN_ERROR_CODES, 'identity']
const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('sub', 'kai', '__proto__', ' '))
const value = fc.oneof(text, fc.double(), fc.jsonValue({ maxDepth: 4 }), fc.constant(null), fc.array(text))
const anyClaims = fc.dictionary(fc.oneof(fc.constantFrom(...Object.values(CLAIM)), fc.string()), value, { maxKeys: 12 })
const runs = { numRuns: 300 }

describe('whatever comes as a token', () => {
  it('that is any value is refused by a code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), fc.string()), async (token) => {
        expect(KNOWN.slice(0, -1)).toContain(await outcome(token))
      }),
      runs,
    )
  })

  it('that has any parts is refused by a code', async () => {
    const jsonPart = fc.oneof(fc.json(), fc.string()).map((each) => part(each))
    await fc.assert(
      fc.asyncProperty(fc.array(jsonPart, { minLength: 2, maxLength: 5 }), async (parts) => {
        expect(KNOWN.slice(0, -1)).toContain(await outcome(parts.join('.')))
      }),
      runs,
    )
  })

  it('that is signed and has any claims names somebody, or is refused by a code', async () => {
    const profile = fc.constantFrom(...TOKEN_PROFILES)
    await fc.assert(
      fc.asyncProperty(profile, anyClaims, fc.boolean(), async (name, more, isWhole) => {
        const typ = PROFILES[name].types.at(-1)
        const issuer = name === 'spiffe' ? { profile: name, issuer: 'spiffe://example.org' } : { profile: name }
        const valid = isWhole ? { ...more, ...claims() } : { ...claims(), ...more }
        expect(KNOWN).toContain(await outcome(signed(KEY, valid, { typ }), issuer))
      }),
      runs,
    )
  })

  it('that is signed and has any header names somebody, or is refused by a code', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('alg', 'kid', 'typ', 'crit', 'jku', 'b64'), value),
        async (head) => {
          expect(KNOWN).toContain(await outcome(signed(KEY, claims(), head)))
        },
      ),
      runs,
    )
  })

  it('beside any token of an actor names somebody, or is refused by a code', async () => {
    await fc.assert(
      fc.asyncProperty(anyClaims, anyClaims, async (subject, actor) => {
        const tokens = [subject, actor].map((more) => signed(KEY, { ...claims(), ...more })) as [string, string]
        expect(KNOWN).toContain(await outcome(tokens[0], {}, tokens[1]))
      }),
      runs,
    )
  })

  it('with any roles names somebody, or is refused by a code', async () => {
    const names = fc.constantFrom('sub', '/act/sub', '/', '//', '/a~1b', '__proto__', 'aud', 'act')
    await fc.assert(
      fc.asyncProperty(names, names, names, anyClaims, async (principal, actor, scopes, more) => {
        const roles = { principal, actor, scopes }
        expect(KNOWN).toContain(await outcome(signed(KEY, { ...more, ...claims() }), { roles }))
      }),
      runs,
    )
  })
})
