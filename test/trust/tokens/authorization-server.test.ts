import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it, vi } from 'vitest'
import { currentAttribution, onBehalfOf } from '../../../src/index.ts'
import { tokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import type { TokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import { AGENT, AuthorizationServer, EXCHANGE, MAIL_API, OPAQUE_API } from './authorization-server.ts'
import { claims, refusal, signed, signingKey } from './signed.ts'

const FIRST = signingKey('first')
const SECOND = signingKey('second', 'RS256')

let server: AuthorizationServer
let verifier: TokenVerifier

beforeAll(async () => {
  // It warns of its store in memory, which is right here.
  vi.spyOn(console, 'warn').mockReturnValue()
  server = await AuthorizationServer.start(FIRST)
})
afterAll(async () => {
  vi.restoreAllMocks()
  await server.stop()
})
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  server.rotate(FIRST)
  const { issuer } = server
  const algorithms = ['ES256', 'RS256'] as const
  const jwks = `${issuer}/jwks`
  verifier = tokenVerifier({
    issuers: [{ issuer, jwks, audience: MAIL_API, algorithms, profile: 'rfc8693', agents: [AGENT] }],
  })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A user's token, as the login would give it to an app. */
const login = () => signed(FIRST, claims({ sub: 'kai@contoso.com' }))

function exchanged(more: Readonly<Record<string, string>> = {}): Promise<string> {
  return server.token({
    grant_type: EXCHANGE,
    subject_token: login(),
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    scope: 'mail.send',
    ...more,
  })
}

describe('an authorization server', () => {
  it('exchanges the token of a user for one that also names the agent', async () => {
    const identity = await verifier.verify(await exchanged())
    expect(identity).toMatchObject({
      principal: { id: 'kai@contoso.com', issuer: server.issuer },
      actor: { id: AGENT },
      actorChain: [AGENT],
      authority: { type: 'oauth', scopes: ['mail.send'], id: identity.jti },
      audience: [MAIL_API],
      isUndelegated: false,
    })
    expect(identity.jti).toMatch(/^[\w-]{20,}$/u)
  })

  it('exchanges it again, and the chain has both actors in order', async () => {
    const once = await server.token(
      { grant_type: EXCHANGE, subject_token: login(), subject_token_type: 'x', scope: 'mail.send' },
      'chat',
    )
    const identity = await verifier.verify(await exchanged({ subject_token: once }))
    expect(identity.actorChain).toEqual(['chat', AGENT])
  })

  it('gives an agent a token of its own, which names nobody who asked', async () => {
    const identity = await verifier.verify(await server.token({ grant_type: 'client_credentials', scope: 'mail.read' }))
    expect(identity).toMatchObject({ principal: undefined, actorChain: [AGENT], isSoftware: true })
  })

  it('gives an app a token of its own, whose subject is a service', async () => {
    const identity = await verifier.verify(await server.token({ grant_type: 'client_credentials' }, 'chat'))
    expect(identity).toMatchObject({ principal: { id: 'chat', type: 'service' }, actorChain: [], isSoftware: true })
  })

  it('rotates its keys: tokens of the old one pass as long as it is published', async () => {
    const before = await exchanged()
    await verifier.verify(before)
    server.rotate(SECOND, FIRST)
    pass(31)
    await verifier.verify(await exchanged())
    await verifier.verify(before)
    server.rotate(SECOND)
    pass(601)
    await verifier.verify(await exchanged())
    expect(await refusal(verifier.verify(before))).toMatchObject({ code: 'unknown_key', kid: 'first' })
  })

  it('is asked for its keys once for many tokens', async () => {
    server.keyRequests = 0
    const tokens = await Promise.all(Array.from({ length: 5 }, () => exchanged()))
    await Promise.all(tokens.map((token) => verifier.verify(token)))
    expect(server.keyRequests).toBe(1)
  })

  it('issues a token for another service, which is refused', async () => {
    const token = await exchanged({ resource: 'https://files.example' })
    expect(await refusal(verifier.verify(token))).toMatchObject({ code: 'wrong_audience' })
  })

  it('introspects an opaque token, which is refused here; what it answers is asserted', async () => {
    const token = await exchanged({ resource: OPAQUE_API })
    const error = await refusal(verifier.verify(token))
    expect(error).toMatchObject({ code: 'malformed' })
    expect(error.message).toContain('introspected')
    const { active, sub, act } = (await server.introspect(token)) as {
      readonly active: boolean
      readonly sub: string
      readonly act: { readonly sub: string }
    }
    expect({ active, sub, act }).toEqual({ active: true, sub: 'kai@contoso.com', act: { sub: AGENT } })
    const identity = { principal: sub, actorChain: [act.sub] }
    const bound = onBehalfOf({ identity, intent: 'mail the report' }, currentAttribution)
    expect(bound).toMatchObject({ principal: { id: 'kai@contoso.com' } })
  })
})

function pass(seconds: number): void {
  vi.advanceTimersByTime(seconds * 1000)
}
