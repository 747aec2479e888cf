import { inspect } from 'node:util'
import { diag, DiagLogLevel } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { asAgent, carry, currentAttribution, guard, onBehalfOf, via } from '../../../src/index.ts'
import { credentialOf } from '../../../src/trust/tokens/credential.ts'
import { fingerprintOf } from '../../../src/trust/tokens/fingerprint.ts'
import { tokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from '../../runtime/provider.ts'
import type { Traced } from '../../runtime/provider.ts'
import { KeyServer } from './key-server.ts'
import { claims, hmacSigned, issuerOf, part, refusal, signed, signingKey } from './signed.ts'

const KEY = signingKey('k1')
const STRANGER = signingKey('k1')
const verifier = tokenVerifier({ issuers: [issuerOf([KEY])] })

/** Claims that nothing needs, and that nothing may keep. */
const PRIVATE = {
  email: 'kai.private@contoso.com',
  sid: 'session-4711-private',
  nonce: 'nonce-private',
  cnf: { jkt: 'thumbprint-private' },
  tctx: { to: 'arguments-private' },
}

function privateTexts(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(privateTexts) : [String(value)]
}

/** What must not be found: any piece of claims and signature of a token, and the claims that nothing maps. */
function forbidden(...tokens: readonly string[]): readonly string[] {
  const parts = tokens.flatMap((token) => token.split('.').slice(1)).flatMap((text) => text.match(/.{24}/gu) ?? [])
  return [...new Set([...parts, ...privateTexts(PRIVATE)])]
}

/** Every text that can be reached from a value without a debugger. */
function textsIn(value: unknown, seen = new Set<unknown>()): readonly string[] {
  if (typeof value === 'string') return [value]
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return []
  seen.add(value)
  const own = Reflect.ownKeys(value).flatMap((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, key)
    return [String(key), ...textsIn(descriptor?.value, seen)]
  })
  const entries = value instanceof Map || value instanceof Set ? [...value].flatMap((each) => textsIn(each, seen)) : []
  return [...own, ...entries, ...textsIn(Object.getPrototypeOf(value), seen)]
}

function outOf(value: unknown): string {
  const shown = inspect(value, { depth: Infinity, showHidden: true, getters: true })
  const error = value instanceof Error ? [String(value), value.message, value.stack, inspect(value.cause)] : []
  return [shown, JSON.stringify(value), ...error, ...textsIn(value)].join('\n')
}

function found(text: string, tokens: readonly string[]): readonly string[] {
  return forbidden(...tokens).filter((secret) => text.includes(secret))
}

let logged: string[]
let traced: Traced

beforeEach(() => {
  logged = []
  traced = tracing()
  const note = (...args: readonly unknown[]) => void logged.push(args.map(outOf).join('\n'))
  diag.setLogger(
    { error: note, warn: note, info: note, debug: note, verbose: note },
    { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
  )
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation(note)
  vi.spyOn(process, 'emitWarning').mockImplementation(note as never)
})
afterEach(() => {
  vi.restoreAllMocks()
  silence()
})

describe('no part of a token', () => {
  const valid = signed(KEY, claims({ ...PRIVATE, act: { sub: 'report-assistant' } }))

  it('is in the identity, or in the verifier that made it', async () => {
    const identity = await verifier.verify(valid)
    const out = [identity, verifier, credentialOf(identity), credentialOf(valid)].map(outOf).join('\n')
    expect(out).toContain(identity.fingerprint)
    expect(out).toContain('kai@contoso.com')
    expect(found(out + logged.join('\n'), [valid])).toEqual([])
  })

  it('of another one that a claim holds, and no key there, is in what is made of it', async () => {
    const key = `ghp_${'a1B2c3D4'.repeat(5)}`
    const held = { sub: valid, jti: key, act: { sub: `${key}1` }, scope: `mail ${key}2`, txn: `${key}3` }
    const token = signed(KEY, claims({ ...held, aud: ['https://mail.example', `${key}4`] }))
    const identity = await verifier.verify(token)
    const inside = onBehalfOf({ identity, intent: 'mail' }, () => {
      inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {})
      return [currentAttribution(), carry()]
    })
    const out = [identity, ...inside, traced.spans().map(({ attributes }) => attributes)].map(outOf).join('\n')
    expect(out).toContain(fingerprintOf(valid))
    expect(found(out + logged.join('\n'), [valid, token])).toEqual([])
    expect(out).not.toContain(key.slice(0, 20))
  })

  it('is in what a span, a carrier, a binding or a refusal says of it', async () => {
    const identity = await verifier.verify(valid)
    const { tracer } = traced
    const inside: unknown[] = []
    const work = () => {
      inside.push(currentAttribution(), carry())
      via({ id: 'mail', credential: credentialOf(valid, { type: 'user' }) }, () =>
        inSpan(tracer, 'tool', { attributes: TOOL }, () => {}),
      )
      // The mistake that is made most: the token itself.
      via({ id: 'mail', credential: { id: valid, type: 'user' } }, () =>
        inSpan(tracer, 'tool', { attributes: TOOL }, () => {}),
      )
      return guard({ decision: true }, () => {}).catch((error: unknown) => void inside.push(error))
    }
    await onBehalfOf({ identity, intent: 'mail the report' }, () =>
      asAgent('report-assistant', () => inSpan(tracer, 'agent', { attributes: AGENT }, work)),
    )
    const spans = traced.spans().map(({ name, attributes, events, links, resource }) => ({
      name,
      attributes,
      events,
      links,
      resource: resource.attributes,
    }))
    expect(spans.length).toBeGreaterThan(2)
    const out = [...spans, ...inside].map(outOf).join('\n')
    expect(out).toContain(identity.fingerprint)
    expect(out).toContain('token_passthrough')
    expect(found(out + logged.join('\n'), [valid])).toEqual([])
  })

  it('is in the error that refuses it', async () => {
    const more = { ...PRIVATE, act: { sub: 'report-assistant' } }
    const actor = signed(KEY, claims({ ...PRIVATE, sub: 'stranger', sid: 'other-private' }))
    const tokens = [
      signed(KEY, claims({ ...more, exp: 1 })),
      signed(KEY, claims({ ...more, nbf: 9_999_999_999 })),
      signed(KEY, claims({ ...more, aud: 'https://x.example' })),
      signed(KEY, claims({ ...more, iss: 'https://x.example' })),
      signed(KEY, claims({ ...more, sub: 7 })),
      signed(KEY, claims({ ...more, act: { act: {} } })),
      signed(KEY, claims(more), { typ: 'x' }),
      signed(KEY, claims(more), { kid: 'k9' }),
      signed(KEY, claims(more), { kid: valid }),
      signed(KEY, claims(more), { kid: part(claims(more)) }),
      signed(KEY, claims(more), { crit: ['x'] }),
      signed(STRANGER, claims(more)),
      hmacSigned('secret', claims(more), {}),
      `${valid}x.y`,
      `Bearer ${valid}`,
      `${valid} `,
      valid.slice(0, 200),
      signed(KEY, `${JSON.stringify(claims(more)).slice(0, -1)},"sub":"x"}`),
      signed(KEY, claims({ ...more, long: 'x'.repeat(20_000) })),
    ]
    for (const token of tokens) {
      const error = await refusal(verifier.verify(token))
      expect({ [error.code]: found(outOf(error), [token]) }).toEqual({ [error.code]: [] })
    }
    const spliced = await refusal(verifier.verify(valid, { actorToken: actor }))
    expect(spliced.code).toBe('chain_spliced')
    expect(found(outOf(spliced), [valid, actor])).toEqual([])
    expect(found(logged.join('\n'), tokens)).toEqual([])
  })

  it('is sent to who has the keys, and nothing that was sent by it is told', async () => {
    const server = await KeyServer.start()
    const seen: string[] = []
    server.answer = (request, response) => {
      seen.push(`${request.url}\n${inspect(request.headers)}`)
      response.writeHead(500).end('answer-private of a server')
    }
    const remote = tokenVerifier({ issuers: [issuerOf([], { jwks: server.url })] })
    const error = await refusal(remote.verify(valid))
    expect(error.code).toBe('keys_unavailable')
    expect(found(seen.join('\n'), [valid])).toEqual([])
    expect(outOf(error)).not.toContain('answer-private')
    await server.stop()
  })
})
