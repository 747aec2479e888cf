import { inspect } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { credentialOf } from '../../../src/trust/tokens/credential.ts'
import { tokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import { isVerifiedIdentity, VerifiedIdentity } from '../../../src/trust/tokens/verified-identity.ts'
import { claims, issuerOf, signed, signingKey } from './signed.ts'

const KEY = signingKey('k1')
let identity: VerifiedIdentity

beforeAll(async () => {
  const token = signed(KEY, claims({ act: { sub: 'a', act: { sub: 'b' } }, scope: 'mail.send' }))
  identity = await tokenVerifier({ issuers: [issuerOf([KEY])] }).verify(token)
})

describe('a verified identity', () => {
  it('is one, and nothing that is made from it is', () => {
    expect(isVerifiedIdentity(identity)).toBe(true)
    const made = {
      copy: { ...identity },
      clone: structuredClone({ ...identity }),
      heir: Object.create(identity) as unknown,
      proxy: new Proxy(identity, {}),
      cast: Object.setPrototypeOf({ ...identity }, VerifiedIdentity.prototype) as unknown,
      parsed: JSON.parse(JSON.stringify(identity)) as unknown,
      prototype: VerifiedIdentity.prototype,
    }
    expect(Object.entries(made).filter(([, value]) => isVerifiedIdentity(value))).toEqual([])
    expect([undefined, null, 7, 'x', {}, [], () => {}].filter(isVerifiedIdentity)).toEqual([])
  })

  it('is made by verifiers alone', () => {
    const facts = { ...identity, ties: new Map() }
    const Open = identity.constructor as unknown as new (...args: readonly unknown[]) => VerifiedIdentity
    for (const key of [undefined, Symbol('maker'), Symbol.for('maker'), facts])
      expect(() => new Open(key, facts)).toThrow(TypeError)
    class Heir extends Open {}
    expect(() => new Heir(Symbol('maker'), facts)).toThrow(TypeError)
    expect(() => Reflect.construct(Open, [Symbol('maker'), facts], Object)).toThrow(TypeError)
    expect(Object.getOwnPropertyNames(VerifiedIdentity)).not.toContain('make')
  })

  it('cannot be changed, nor can anything in it', () => {
    expect(Object.isFrozen(identity)).toBe(true)
    const { principal, actor, actorChain, authority, audience } = identity
    const parts = [principal, actor, actorChain, authority, authority.scopes, audience, VerifiedIdentity.prototype]
    expect(parts.filter((each) => !Object.isFrozen(each))).toEqual([])
  })

  it('prints what it is, as text and as JSON', () => {
    expect(JSON.parse(JSON.stringify(identity))).toEqual(
      JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(identity)))),
    )
    expect(inspect(identity)).toContain('VerifiedIdentity')
    expect(inspect(identity, { showHidden: true, depth: Infinity })).not.toContain('ties')
  })

  it('is a credential', () => {
    expect(credentialOf(identity, { type: 'delegated' })).toEqual({ id: identity.fingerprint, type: 'delegated' })
  })
})
