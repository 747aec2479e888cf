import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  context,
} from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from 'jose'
import type { JWK } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, carry, carryEncrypted, onBehalfOf, openCarrier, resume, via } from '../../src/index.ts'
import type { AdmitOptions } from '../../src/index.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { outgoingEntries, runIncoming } from '../../src/runtime/crossing/hop.ts'
import { AttributionPropagator } from '../../src/runtime/crossing/propagator.ts'
import { useCarriers } from '../../src/runtime/crossing/signed-carrier.ts'
import { carrierSettings } from '../../src/setup/carrier-config.ts'
import type { DecryptionOptions, SigningOptions } from '../../src/setup/carrier-config.ts'
import { newPair } from '../trust/carriers/sample-keys.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const HOST = 'mail.internal'
const CHAT = newPair('chat-1')
const EVE = newPair('eve-1')
const ASKED = {
  principal: { id: 'kai@contoso.com', type: 'human' },
  intent: { id: 'i-7', summary: 'send the weekly report to the board' },
  authority: { id: 'g-1', type: 'oauth', scopes: ['mail.send'] },
  correlationId: 'c-1',
} as const

let traced: Traced
beforeEach(() => {
  traced = tracing()
  be('chat', { key: CHAT.privateJwk })
  newFaults()
})
afterEach(silence)

/** Makes this process a service of this name, with its key and with whom it admits. */
function be(
  service: string,
  signing: Partial<SigningOptions> | undefined,
  admit: readonly AdmitOptions[] = [],
  decryption?: DecryptionOptions,
): void {
  const problems: string[] = []
  const policy = createPolicy({ boundary: { admit } })
  const options = signing && ({ issuer: service, ...signing } as SigningOptions)
  const place = { signing: 'key', decryption: 'keys' }
  useCarriers(carrierSettings({ signing: options, decryption }, policy, { service, place, problems }))
  expect(problems).toEqual([])
}

const ADMITS_CHAT: AdmitOptions = { signer: 'chat', jwks: { keys: [CHAT.publicJwk] }, as: 'asserted' }
const mail = (...admit: readonly AdmitOptions[]) => be('mail', undefined, admit.length === 0 ? [ADMITS_CHAT] : admit)

const w3c = () =>
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] })

type Headers = Record<string, string>

/** The headers of a request to the listed host, made here. */
function headers(ctx: Context = context.active()): Headers {
  const client = traced.tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes: { 'server.address': HOST } }, ctx)
  const sent: Headers = {}
  new AttributionPropagator(w3c(), [HOST]).inject(trace.setSpan(ctx, client), sent, defaultTextMapSetter)
  client.end()
  return sent
}

const sentFor = <T>(work: () => T): T => onBehalfOf(ASKED, () => asAgent('report-assistant', work))
const carrierIn = ({ baggage = '' }: Headers): string => baggage.replace(/^attribution=/u, '')

/** What a tool's span says in the receiving service. */
function received(sent: Headers, takesClaims = true) {
  const propagator = new AttributionPropagator(w3c(), takesClaims ? [] : undefined)
  return context.with(propagator.extract(ROOT_CONTEXT, sent, defaultTextMapGetter), toolHere)
}

let tools = 0
function toolHere() {
  const name = `tool ${(tools += 1)}`
  inSpan(traced.tracer, name, { attributes: TOOL }, () => {})
  const { principal, findings } = traced.one(name)
  const { attributes } = traced.spans().find((span) => span.name === name) as { attributes: Record<string, unknown> }
  return {
    principal,
    assurance: attributes['attribution.principal.assurance'],
    source: attributes['attribution.principal.source'],
    actor: attributes['attribution.actor.assurance'],
    chain: attributes['attribution.actor.chain'],
    intent: attributes['attribution.intent.summary'],
    correlation: attributes['attribution.correlation.id'],
    findings: findings.filter((code) => /^(?:carrier|chain_spliced|unverified|claim|conflict)/u.test(code)),
  }
}

const ADMITTED = {
  principal: 'kai@contoso.com',
  assurance: 'asserted',
  source: 'carrier',
  actor: 'asserted',
  intent: 'send the weekly report to the board',
  correlation: 'c-1',
  findings: [],
}
const REFUSED = { principal: undefined, assurance: undefined, intent: undefined, findings: ['carrier_invalid'] }
const CLAIMED = {
  principal: 'kai@contoso.com',
  assurance: 'claimed',
  source: undefined,
  findings: ['unverified_principal'],
}

describe('a request to a listed host', () => {
  it('takes one signed entry, which any JOSE library can check', async () => {
    const sent = sentFor(headers)
    expect(Object.keys(sent).toSorted()).toEqual(['baggage', 'traceparent'])
    const { payload, protectedHeader } = await jwtVerify(
      carrierIn(sent),
      await importJWK(CHAT.publicJwk as JWK, 'Ed25519'),
    )
    expect(protectedHeader).toEqual({ alg: 'Ed25519', kid: 'chat-1', typ: 'attribution+jwt' })
    expect(payload).toMatchObject({
      iss: 'chat',
      txn: 'c-1',
      trace: sent['traceparent']?.split('-')[1],
      attribution: {
        principal: { id: 'kai@contoso.com', type: 'human', assurance: 'asserted' },
        actor: { id: 'report-assistant', chain: ['report-assistant'], assurance: 'asserted' },
        intent: { id: 'i-7', summary: 'send the weekly report to the board', assurance: 'asserted' },
        authority: { id: 'g-1', type: 'oauth', scopes: ['mail.send'], assurance: 'asserted' },
        correlation: { assurance: 'asserted' },
      },
    })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300)
  })
  it('is admitted where its signer is, with the assurance and source that the policy gives it', () => {
    const sent = sentFor(headers)
    mail()
    expect(received(sent)).toMatchObject({ ...ADMITTED, chain: ['report-assistant'] })
  })
  it('is admitted without the option baggage too, which is for claims', () => {
    const sent = sentFor(headers)
    mail()
    expect(received(sent, false)).toMatchObject(ADMITTED)
    be('mail', undefined)
    expect(received(sent, false)).toMatchObject({ principal: undefined, findings: [] })
  })
  it('is claimed where nobody is admitted, and where another signer is', () => {
    const sent = sentFor(headers)
    be('mail', undefined)
    expect(received(sent)).toMatchObject(CLAIMED)
    for (const signer of ['Chat', 'chat ', 'сhat', 'chat\u200B', '__proto__']) {
      mail({ ...ADMITS_CHAT, signer })
      expect(received(sent)).toMatchObject(CLAIMED)
    }
  })
})

describe('a server that was started where something is bound', () => {
  const boot = { principal: { id: 'mail-team', type: 'service' } } as const
  /** As instrumentations do: the request is read from nothing, while what was bound around the server is active. */
  function served(sent: Headers) {
    const ctx = new AttributionPropagator(w3c(), []).extract(ROOT_CONTEXT, sent, defaultTextMapGetter)
    const span = traced.tracer.startSpan('POST', { kind: SpanKind.SERVER }, ctx)
    return context.with(trace.setSpan(ctx, span), () => asAgent('mailer', toolHere))
  }

  it('serves each request for whom it says, while that lasts', () => {
    const sent = sentFor(headers)
    mail()
    expect(onBehalfOf(boot, () => served(sent))).toMatchObject(ADMITTED)
  })
  it('serves each request for whom it says, after that is over', async () => {
    const sent = sentFor(headers)
    mail()
    let around = ROOT_CONTEXT
    await onBehalfOf(boot, async () => {
      around = context.active()
    })
    expect(context.with(around, () => served(sent))).toMatchObject(ADMITTED)
  })
})

/** A carrier as somebody else makes it, for the trace of these headers. */
async function forged(
  change: Readonly<Record<string, unknown>> = {},
  { key = CHAT.privateJwk, header = {} }: { key?: object; header?: Readonly<Record<string, unknown>> } = {},
): Promise<Headers> {
  const sent = sentFor(headers)
  const claims = { ...decodeJwt(carrierIn(sent)), jti: crypto.randomUUID(), ...change }
  const alg = 'crv' in key && key.crv === 'P-256' ? 'ES256' : 'Ed25519'
  const signing = new SignJWT(claims as never)
  const text = await signing
    .setProtectedHeader({ alg, kid: 'chat-1', typ: 'attribution+jwt', ...header })
    .sign(await importJWK(key as JWK, alg))
  return { ...sent, baggage: `attribution=${text}` }
}

const now = () => Math.floor(Date.now() / 1_000)
const withCarrier = (sent: Headers, text: string): Headers => ({ ...sent, baggage: `attribution=${text}` })
const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('what another library signs', () => {
  it.each([
    ['Ed25519', {}],
    ['EdDSA, its older name', { alg: 'EdDSA' }],
    ['a media type that is written in full', { typ: 'application/attribution+jwt' }],
  ])('is admitted: %s', async (_, header) => {
    const sent = await forged({}, { header })
    mail()
    expect(received(sent)).toMatchObject(ADMITTED)
  })
  it('is admitted: ES256', async () => {
    const pair = newPair('p-1', 'P-256')
    const sent = await forged({}, { key: pair.privateJwk, header: { kid: 'p-1' } })
    mail({ ...ADMITS_CHAT, jwks: { keys: [CHAT.publicJwk, pair.publicJwk] } })
    expect(received(sent)).toMatchObject(ADMITTED)
  })
})

describe('what is refused, and never used', () => {
  const FORGED: readonly (readonly [what: string, make: () => Promise<Headers> | Headers])[] = [
    ['a key of somebody else under the name of the signer', () => forged({}, { key: EVE.privateJwk })],
    ['a key that the signer does not have', () => forged({}, { key: EVE.privateJwk, header: { kid: 'eve-1' } })],
    ['a kid that is a path', () => forged({}, { header: { kid: '../../../../dev/null' } })],
    ['a kid that is a URL', () => forged({}, { header: { kid: 'https://eve.example/jwks.json' } })],
    ['a kid that names what every object has', () => forged({}, { header: { kid: '__proto__' } })],
    ['a header that brings its own key', () => forged({}, { key: EVE.privateJwk, header: { jwk: EVE.publicJwk } })],
    ['a header that says where the key is', () => forged({}, { header: { jku: 'https://eve.example/jwks.json' } })],
    ['a header that asks for what is not known here', () => forged({}, { header: { x5u: 'https://eve.example' } })],
    ['a token of another type', () => forged({}, { header: { typ: 'at+jwt' } })],
    ['a token without a type', () => forged({}, { header: { typ: undefined } })],
    ['one that has expired', () => forged({ iat: now() - 400, exp: now() - 100 })],
    ['one from the future', () => forged({ iat: now() + 100, exp: now() + 200 })],
    ['one that ends in a thousand years, in milliseconds', () => forged({ exp: Date.now() + 60_000 })],
    ['one that lives too long', () => forged({ exp: now() + 86_400 })],
    ['one without an end', () => forged({ exp: undefined })],
    ['one whose end is a text', () => forged({ exp: String(now() + 100) })],
    ['one without an id', () => forged({ jti: undefined })],
    ['one of another trace', () => forged({ trace: '0af7651916cd43dd8448eb211c80319c' })],
    ['one of no trace', () => forged({ trace: undefined })],
    ['one for another audience', () => forged({ aud: 'payments' })],
    ['one for other audiences', () => forged({ aud: ['payments', 'orders'] })],
    ['one for an audience that cannot be read', () => forged({ aud: [7] })],
    ['one that is made to be stored', () => forged({ rsm: true })],
    [
      'one with a member that is named __proto__',
      () => forged(JSON.parse('{"__proto__": {"isAdmin": true}}') as Record<string, unknown>),
    ],
    ['one that nests too deeply', () => forged({ more: nested(40) })],
    ['one with hundreds of claims', () => forged(Object.fromEntries(Array.from({ length: 300 }, (_, at) => [at, 0])))],
    ['one whose facets are a list', () => forged({ attribution: [] })],
    ['a text', () => withCarrier(sentFor(headers), 'kai')],
    ['one without a signature', () => without(sentFor(headers))],
    [
      'alg none',
      () => {
        const sent = sentFor(headers)
        const [, payload] = carrierIn(sent).split('.')
        return withCarrier(sent, `${json({ alg: 'none', kid: 'chat-1', typ: 'attribution+jwt' })}.${payload}.`)
      },
    ],
    ['HMAC with the public key', () => hmac()],
    [
      'a signature that covers other claims',
      () => {
        const sent = sentFor(headers)
        const [header, payload = '', signature] = carrierIn(sent).split('.')
        const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { attribution: object }
        const other = { ...claims, attribution: { principal: { id: 'mallory', assurance: 'verified' } } }
        return withCarrier(sent, `${header}.${json(other)}.${signature}`)
      },
    ],
    [
      'a member that is named twice',
      async () => {
        const sent = sentFor(headers)
        const [header = '', payload = ''] = carrierIn(sent).split('.')
        const text = Buffer.from(payload, 'base64url').toString().replace('{', '{"iss":"eve",')
        const { sign, createPrivateKey } = await import('node:crypto')
        const input = `${header}.${Buffer.from(text).toString('base64url')}`
        const key = createPrivateKey({ key: CHAT.privateJwk, format: 'jwk' })
        return withCarrier(sent, `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`)
      },
    ],
  ]
  it.each(FORGED)('%s', async (_, make) => {
    const sent = await make()
    mail()
    expect(received(sent)).toMatchObject(REFUSED)
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })
  it('unsigned entries beside it', async () => {
    const sent = await forged({}, { key: EVE.privateJwk })
    mail()
    const baggage = `${sent['baggage']},attribution.principal.id=mallory`
    expect(received({ ...sent, baggage })).toMatchObject(REFUSED)
  })
  it('one that arrives in a trace of another', () => {
    const [one, other] = [sentFor(headers), inSpan(traced.tracer, 'other', {}, () => sentFor(headers))]
    mail()
    expect(received({ ...one, traceparent: other['traceparent'] as string })).toMatchObject(REFUSED)
  })
  it('one that is longer than baggage may be does not arrive at all', async () => {
    const sent = await forged({ more: 'x'.repeat(4_000) })
    mail()
    expect(received(sent)).toMatchObject({ principal: undefined })
  })

  const without = (sent: Headers) => withCarrier(sent, carrierIn(sent).split('.').slice(0, 2).join('.'))
  const nested = (depth: number): object => (depth === 0 ? {} : { in: nested(depth - 1) })
  async function hmac(): Promise<Headers> {
    const sent = sentFor(headers)
    const text = await new SignJWT(decodeJwt(carrierIn(sent)))
      .setProtectedHeader({ alg: 'HS256', kid: 'chat-1', typ: 'attribution+jwt' })
      .sign(Buffer.from(JSON.stringify(CHAT.publicJwk)))
    return withCarrier(sent, text)
  }
})

describe('a carrier that is used again', () => {
  it('in one trace is fan-out', () => {
    const sent = sentFor(headers)
    mail()
    for (let times = 0; times < 3; times++) expect(received(sent)).toMatchObject(ADMITTED)
  })
  it('in another trace is replayed, also with other bits in its signature', () => {
    const sent = sentFor(headers)
    const malleable = withCarrier(sent, flipped(carrierIn(sent)))
    mail()
    expect(received(malleable)).toMatchObject(ADMITTED)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const replayed = { ...REFUSED, findings: ['carrier_replayed'] }
    expect(received({ ...sent, traceparent })).toMatchObject(replayed)
    expect(received({ ...malleable, traceparent })).toMatchObject(replayed)
    expect(received(sent)).toMatchObject(ADMITTED)
  })
  it('after its end is replayed', async () => {
    const sent = await forged({ iat: now() - 10, exp: now() - 3 })
    mail()
    expect(received(sent)).toMatchObject(ADMITTED)
    await new Promise((resolve) => void setTimeout(resolve, 2_100))
    expect(received(sent)).toMatchObject({ ...REFUSED, findings: ['carrier_replayed'] })
  })
  it('under the id of another one is replayed', async () => {
    const [one, other] = [await forged({ jti: 'j-1' }), await forged({ jti: 'j-1' })]
    mail()
    expect(received(one)).toMatchObject(ADMITTED)
    expect(received(other)).toMatchObject({ ...REFUSED, findings: ['carrier_replayed'] })
  })

  /** Another text of the same signature: its last character has bits that say nothing. */
  function flipped(carrier: string): string {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return carrier.slice(0, -1) + digits[digits.indexOf(carrier.at(-1) as string) + 1]
  }
})

describe('what a signer is admitted for', () => {
  it('caps what its carriers say, and adds nothing to it', async () => {
    const verified = await forged({ attribution: { principal: { id: 'kai', assurance: 'verified' } } })
    const claimed = await forged({ attribution: { principal: { id: 'kai', assurance: 'claimed' } } })
    const silent = await forged({ attribution: { principal: { id: 'kai' } } })
    mail({ ...ADMITS_CHAT, as: 'verified' })
    expect(received(verified)).toMatchObject({ assurance: 'verified', source: 'carrier' })
    expect(received(claimed)).toMatchObject({ assurance: 'claimed', source: undefined })
    expect(received(silent)).toMatchObject({ assurance: 'claimed', source: undefined })
    mail()
    expect(received(verified)).toMatchObject({ assurance: 'asserted', source: 'carrier' })
  })
  it('are its facets: the others are claims', () => {
    const sent = sentFor(headers)
    mail({ ...ADMITS_CHAT, facets: ['intent'] })
    expect(received(sent)).toMatchObject({ ...CLAIMED, actor: 'claimed', findings: ['unverified_principal'] })
    mail({ ...ADMITS_CHAT, facets: ['principal'] })
    expect(received(sent)).toMatchObject({ assurance: 'asserted', actor: 'claimed', findings: [] })
  })
  it('is an audience, which the carrier has to name', async () => {
    const [none, ours, service] = [
      await forged(),
      await forged({ aud: ['x', 'postbox'] }),
      await forged({ aud: 'mail' }),
    ]
    mail({ ...ADMITS_CHAT, audience: ['postbox', 'mailbox'] })
    expect(received(none)).toMatchObject(REFUSED)
    expect(received(ours)).toMatchObject(ADMITTED)
    expect(received(service)).toMatchObject(REFUSED)
    mail()
    expect(received(service)).toMatchObject(ADMITTED)
  })
  it('may be one of several keys, of which any may be taken out', async () => {
    const next = newPair('chat-2')
    const [old, rotated] = [await forged(), await forged({}, { key: next.privateJwk, header: { kid: 'chat-2' } })]
    mail({ ...ADMITS_CHAT, jwks: { keys: [CHAT.publicJwk, next.publicJwk] } })
    expect([received(old), received(rotated)]).toMatchObject([ADMITTED, ADMITTED])
    mail({ ...ADMITS_CHAT, jwks: { keys: [next.publicJwk] } })
    expect([received(old), received(rotated)]).toMatchObject([REFUSED, ADMITTED])
  })
})

describe('what is sent', () => {
  it('is signed once per binding and trace, and again where the trace is another', () => {
    const sent = sentFor(() => {
      const inTrace = (name: string) =>
        inSpan(traced.tracer, name, { attributes: AGENT }, () => [headers(), via('crm', headers), headers()])
      return [inTrace('one'), inTrace('two')].map((all) => new Set(all.map(carrierIn)))
    })
    expect(sent.map(({ size }) => size)).toEqual([1, 1])
    expect(sent[0]).not.toEqual(sent[1])
  })
  it('names the audience of the host, where the settings say what it is called', () => {
    be('chat', { key: CHAT.privateJwk, audiences: { [HOST]: 'mail' } })
    const sent = sentFor(headers)
    expect(decodeJwt(carrierIn(sent)).aud).toBe('mail')
    mail({ ...ADMITS_CHAT, audience: 'mail' })
    expect(received(sent)).toMatchObject(ADMITTED)
    be('orders', undefined, [ADMITS_CHAT])
    expect(received(sent)).toMatchObject(REFUSED)
  })
  it('holds no credential, context or decision', () => {
    const credential = { id: 'key-7', type: 'delegated', subject: 'svc-mail' } as const
    const sent = sentFor(() => via({ id: 'crm', credential }, headers))
    expect(JSON.stringify(decodeJwt(carrierIn(sent)))).not.toMatch(/crm|key-7|svc-mail|context|decision/u)
  })
  it('fits with a chain of ten actors', () => {
    const names = Array.from({ length: 10 }, (_, at) => `https://agents.contoso.com/department/assistant-${at}`)
    const nested = names.reduceRight<() => Headers>((inner, name) => () => asAgent(name, inner), headers)
    const sent = onBehalfOf({ ...ASKED, intent: 'x'.repeat(600) }, nested)
    expect(sent['baggage']?.length).toBeLessThanOrEqual(4_096)
    expect(newFaults()).toEqual([])
    mail()
    expect(received(sent)).toMatchObject({ ...ADMITTED, intent: 'x'.repeat(600), chain: names })
  })
  it('loses the words of the intent first where it does not fit, then one facet after the other, and says so', () => {
    const scopes = Array.from({ length: 20 }, (_, at) => `${at}`.padStart(60, 's'))
    const facetsOf = (length: number, most: number) => {
      const id = 'i'.repeat(length)
      const asked = { ...ASKED, intent: { id, summary: 'x'.repeat(1_000) }, authority: { id: 'g', scopes } }
      const names = Array.from({ length: most }, (_, at) => `assistant-${at}-${'a'.repeat(200)}`)
      const nested = names.reduceRight<() => Headers>((inner, name) => () => asAgent(name, inner), headers)
      newFaults()
      const { attribution } = decodeJwt(carrierIn(onBehalfOf(asked, nested))) as { attribution: Record<string, object> }
      const words = 'summary' in (attribution['intent'] ?? {}) ? ['words'] : []
      return [...Object.keys(attribution), ...words, ...newFaults()]
    }
    expect(facetsOf(10, 1)).toEqual(['principal', 'actor', 'intent', 'authority', 'correlation', 'propagator'])
    expect(facetsOf(1_000, 1)).toEqual(['principal', 'actor', 'intent', 'correlation', 'propagator'])
    expect(facetsOf(1_000, 8)).toEqual(['principal', 'actor', 'correlation', 'propagator'])
    expect(facetsOf(1_000, 30)).toEqual(['principal', 'correlation', 'propagator'])
  })
  it('leaves room for what the app itself sends, and is left out where there is none', () => {
    const withBaggage = (entries: Readonly<Record<string, string>>) => {
      const baggage = propagation.createBaggage(
        Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, { value }])),
      )
      return sentFor(() => headers(propagation.setBaggage(context.active(), baggage)))['baggage'] ?? ''
    }
    const asked = withBaggage({ a: 'x'.repeat(3_680), b: 'x'.repeat(3_680) })
    expect(Buffer.byteLength(asked)).toBeLessThanOrEqual(8_192)
    const { attribution } = decodeJwt(asked.split('attribution=')[1] as string)
    expect(attribution).toMatchObject({ principal: { id: 'kai@contoso.com' } })
    expect(JSON.stringify(attribution)).not.toContain('send the weekly report')
    const full = withBaggage(Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`a${at}`, 'v'])))
    expect(full.split(',')).toHaveLength(64)
    expect(full).not.toContain('attribution')
    expect(newFaults()).toEqual(['propagator', 'propagator'])
  })
  it('names an agent that only a span shows, and says that it is inferred', () => {
    const carrier = inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => onBehalfOf(ASKED, () => carry()))
    expect(decodeJwt(carrier['attribution'] as string)['attribution']).toMatchObject({
      actor: { chain: ['assistant'], assurance: 'inferred' },
    })
    mail({ ...ADMITS_CHAT, as: 'verified' })
    expect(resume(carrier, toolHere, { span: false })).toMatchObject({ assurance: 'asserted', actor: 'inferred' })
  })
  it('says how sure this process is, also of what came in unsigned', () => {
    const claims = { ...sentFor(headers), baggage: 'attribution.principal.id=kai' }
    const ctx = new AttributionPropagator(w3c(), []).extract(ROOT_CONTEXT, claims, defaultTextMapGetter)
    const sent = context.with(ctx, () => asAgent('mailer', () => headers()))
    expect(decodeJwt(carrierIn(sent))['attribution']).toMatchObject({
      principal: { id: 'kai', assurance: 'claimed' },
      actor: { id: 'mailer', assurance: 'asserted' },
    })
    mail()
    expect(received(sent)).toMatchObject({ principal: 'kai', assurance: 'claimed', actor: 'asserted' })
  })
  it('is nothing of ours to a host that is not listed, and what came in is never passed on', () => {
    const sent = sentFor(headers)
    mail()
    const ctx = new AttributionPropagator(w3c(), []).extract(ROOT_CONTEXT, sent, defaultTextMapGetter)
    const out: Headers = {}
    new AttributionPropagator(w3c(), [HOST]).inject(ctx, out, defaultTextMapSetter)
    expect(out).toEqual({ traceparent: sent['traceparent'] })
    const passedOn = { baggage: `tenant=blue,Attribution=x,${sent['baggage']}` }
    new AttributionPropagator(w3c(), [HOST]).inject(ROOT_CONTEXT, passedOn, defaultTextMapSetter)
    expect(passedOn).toEqual({ baggage: 'tenant=blue' })
  })
})

describe('carry and resume', () => {
  const kept = (options?: Parameters<typeof carry>[0]) =>
    inSpan(traced.tracer, 'ask', {}, () => sentFor(() => carry(options)))
  const resumed = (carrier: Headers, options?: Parameters<typeof resume>[2]) =>
    resume(carrier, toolHere, { span: false, ...options })

  it('sign for a later trace, for seven days unless told otherwise', () => {
    const carrier = kept()
    expect(Object.keys(carrier).toSorted()).toEqual(['attribution', 'traceparent'])
    const { rsm, trace: made, iat = 0, exp = 0 } = decodeJwt(carrier['attribution'] as string)
    expect({ rsm, made, life: exp - iat }).toEqual({
      rsm: true,
      made: carrier['traceparent']?.split('-')[1],
      life: 604_800,
    })
    const brief = decodeJwt(kept({ expiresIn: 60, audience: 'mail' })['attribution'] as string)
    expect([(brief.exp ?? 0) - (brief.iat ?? 0), brief.aud]).toEqual([60, 'mail'])
  })
  it('bring it back as sure as the policy admits it, each time that the message is delivered', () => {
    const carrier = kept()
    mail()
    for (let times = 0; times < 3; times++) expect(resumed(carrier)).toMatchObject(ADMITTED)
    be('mail', undefined)
    expect(resumed(carrier)).toMatchObject(CLAIMED)
    expect(resumed(carrier, { assurance: 'asserted' })).toMatchObject({ assurance: 'asserted', source: undefined })
  })
  it.each<[string, () => Headers]>([
    ['with the trace context of another message', () => ({ ...kept(), traceparent: kept()['traceparent'] as string })],
    ['that belongs to a request', () => ({ attribution: carrierIn(sentFor(headers)) })],
    ['for another service', () => kept({ audience: 'payments' })],
    ['that is not a text', () => ({ attribution: 7 as unknown as string })],
    ['that was cut', () => ({ ...kept(), attribution: kept()['attribution']?.slice(0, -8) as string })],
  ])('refuse one %s', (_, make) => {
    const carrier = make()
    mail()
    expect(resumed(carrier)).toMatchObject(REFUSED)
  })
  it('say that one is replayed which was used before under another trace context', () => {
    const carrier = kept()
    mail()
    expect(resumed(carrier)).toMatchObject(ADMITTED)
    const moved = { ...carrier, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
    expect(resumed(moved)).toMatchObject({ ...REFUSED, findings: ['carrier_replayed'] })
  })
  it('make nothing of options that cannot be used, so that no carrier is good for more than was meant', () => {
    expect(kept({ audience: '' })).toEqual({})
    const { iat = 0, exp = 0 } = decodeJwt(kept({ expiresIn: Number.NaN })['attribution'] as string)
    expect(exp - iat).toBe(604_800)
    expect(newFaults()).toEqual(['carrier', 'carrier'])
  })
  it('keep what the process holds where a carrier is only claimed', () => {
    const carrier = kept()
    mail()
    const claimed = { 'attribution.principal.id': 'mallory' }
    const inside = resume(carrier, () => resume(claimed, toolHere, { span: false }), { span: false })
    expect(inside).toMatchObject({ principal: 'kai@contoso.com', assurance: 'asserted', source: 'carrier' })
  })
  it('keep nothing of a refused one, not even a binding around it', () => {
    const carrier = { ...kept(), attribution: 'x' }
    mail()
    const inside = onBehalfOf({ principal: 'ops' }, () => resume(carrier, toolHere, { span: false }))
    expect(inside).toMatchObject({ findings: ['carrier_invalid'] })
  })
})

describe('parts of two flows', () => {
  const other = { principal: 'mallory@contoso.com', correlationId: 'c-2' }
  const within = (work: () => unknown) => inSpan(traced.tracer, 'request', {}, work)

  it.each<[string, Parameters<typeof onBehalfOf>[0], string]>([
    ['another principal', { ...ASKED, principal: 'mallory@contoso.com' }, 'report-assistant'],
    ['another correlation id', { ...ASKED, correlationId: 'c-2' }, 'report-assistant'],
    ['another chain of actors', ASKED, 'payer'],
  ])('are not put together in one trace: %s', (_, held, agent) => {
    within(() => {
      const sent = sentFor(() => outgoingEntries())
      mail()
      const inside = onBehalfOf(held, () => asAgent(agent, () => runIncoming(sent, toolHere)))
      expect(inside).toMatchObject({ findings: expect.arrayContaining(['chain_spliced']) as unknown })
      expect(inside).toMatchObject({ principal: (held.principal as { id?: string }).id ?? held.principal })
    })
  })
  it('may add actors to the same flow', () => {
    within(() => {
      const sent = sentFor(() => asAgent('mailer', () => outgoingEntries()))
      mail()
      const inside = onBehalfOf(ASKED, () => asAgent('report-assistant', () => runIncoming(sent, toolHere)))
      expect(inside).toMatchObject({ findings: [] })
    })
  })
  it('are two works where the carrier was kept: a worker runs for others', () => {
    const carrier = within(() => sentFor(() => carry())) as Headers
    mail()
    const inside = within(() => onBehalfOf(other, () => resume(carrier, toolHere, { span: false })))
    expect(inside).toMatchObject({ principal: 'kai@contoso.com', findings: [] })
  })
  it('are two works in one trace too: the span of a consumer may continue the trace of the message', () => {
    const carrier = within(() => sentFor(() => carry())) as Headers
    mail()
    const inside = onBehalfOf({ principal: 'mail-team' }, () => {
      const ctx = w3c().extract(context.active(), carrier, defaultTextMapGetter)
      return context.with(ctx, () => resume(carrier, toolHere, { span: false }))
    })
    expect(inside).toMatchObject(ADMITTED)
  })
  it.each<[string, (sent: Headers) => unknown]>([
    ['kept', (sent) => resume(sent, toolHere, { span: false })],
    ['sent with a call', (sent) => runIncoming(sent, toolHere)],
  ])('are not made by the agent that works on what was %s', (way, work) => {
    within(() => {
      const sent = sentFor(() => (way === 'kept' ? carry() : outgoingEntries()))
      mail()
      const chain = ['report-assistant', 'mail-worker']
      expect(asAgent('mail-worker', () => work(sent))).toMatchObject({ ...ADMITTED, chain })
    })
  })
  it('are told where a kept carrier says the same work is of somebody else', () => {
    const carrier = within(() => sentFor(() => carry())) as Headers
    mail()
    const inside = within(() =>
      onBehalfOf({ ...other, correlationId: 'c-1' }, () => resume(carrier, toolHere, { span: false })),
    )
    expect(inside).toMatchObject({ principal: 'mallory@contoso.com', findings: ['chain_spliced'] })
  })
})

describe('a call without headers, such as that of MCP', () => {
  it('takes one signed entry along, which is admitted in its trace', () => {
    const sent = inSpan(traced.tracer, 'call', {}, () => sentFor(() => outgoingEntries()))
    expect(Object.keys(sent).toSorted()).toEqual(['baggage', 'traceparent'])
    mail()
    expect(runIncoming(sent, toolHere)).toMatchObject(ADMITTED)
    const moved = { ...sent, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
    expect(runIncoming(moved, toolHere)).toMatchObject({ ...REFUSED, findings: ['carrier_replayed'] })
  })
  it('replaces nothing that is surer with its claims', () => {
    inSpan(traced.tracer, 'request', {}, () => {
      const sent = sentFor(() => outgoingEntries())
      mail()
      const claims = { baggage: 'attribution.principal.id=mallory,attribution.correlation.id=c-9' }
      const inside = runIncoming(sent, () => runIncoming(claims, toolHere))
      expect(inside).toMatchObject({ ...ADMITTED, findings: ['claim_contradicted'] })
    })
  })
  it('is overridden by what the process bound around it', () => {
    const sent = inSpan(traced.tracer, 'call', {}, () => sentFor(() => outgoingEntries()))
    mail()
    const inside = onBehalfOf({ principal: 'mia@contoso.com' }, () => runIncoming(sent, toolHere))
    expect(inside).toMatchObject({ principal: 'mia@contoso.com', findings: ['conflicting_identity'] })
  })
  it('takes nothing along without a trace, which a carrier belongs to', () => {
    expect(sentFor(() => outgoingEntries())).toEqual({})
    expect(newFaults()).toEqual(['carrier'])
  })
})

describe('a carrier that is encrypted', () => {
  const boxes = [
    ['X25519', generateKeyPairSync('x25519')],
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ] as const
  const jwk = (key: KeyObject) => key.export({ format: 'jwk' })
  const kept = (encryptTo: object | string) => sentFor(() => carryEncrypted({ encryptTo, expiresIn: 600 }))

  it.each(boxes)(
    'to %s is read by its receiver alone, who still checks who signed',
    async (_, { publicKey, privateKey }) => {
      const carrier = await kept(jwk(publicKey))
      expect(JSON.stringify(carrier)).not.toContain('kai')
      expect(carrier['attribution']?.split('.')).toHaveLength(5)
      expect(decodeProtectedHeader(carrier['attribution'] as string)).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM' })
      be('mail', undefined, [ADMITS_CHAT], { keys: [jwk(generateKeyPairSync('x25519').privateKey), jwk(privateKey)] })
      expect(resume(carrier, toolHere, { span: false })).toMatchObject(REFUSED)
      const open = await openCarrier(carrier)
      expect(resume(open, toolHere, { span: false })).toMatchObject(ADMITTED)
      be('mail', undefined, [ADMITS_CHAT])
      expect(await openCarrier(carrier)).toBe(carrier)
    },
  )
  it('is nothing where it cannot be encrypted: it is never sent for all to read', async () => {
    const signing = generateKeyPairSync('ed25519')
    for (const bad of [jwk(signing.publicKey), jwk(boxes[0][1].privateKey), {}, 'no-such-file.json', undefined]) {
      expect(await kept(bad as object)).toEqual({})
    }
    be('chat', undefined)
    expect(await kept(jwk(boxes[0][1].publicKey))).toEqual({})
    expect(new Set(newFaults())).toEqual(new Set(['carrier']))
    expect(await carryEncrypted({ encryptTo: 'x' })).toEqual({})
  })
  it('stays as it is where it is none', async () => {
    for (const carrier of [{}, { attribution: 'x' }, undefined, { attribution: 'a.b.c.d.e' }]) {
      expect(await openCarrier(carrier as Record<string, string>)).toBe(carrier)
    }
    const broken = {
      get attribution(): string {
        throw new Error('a row that is gone')
      },
    }
    expect(await openCarrier(broken)).toBe(broken)
    expect(newFaults()).toEqual(['carrier'])
  })
})

describe('an entry of the app that has the name of the carrier', () => {
  const CAMPAIGN = 'attribution=utm.spring.sale'
  const unsigned = () => be('mail', undefined)

  it('stays the app’s where nothing is signed and nobody is admitted', () => {
    const sent = { ...sentFor(headers), baggage: `${CAMPAIGN},attribution.principal.id=kai` }
    unsigned()
    const claimed = { principal: 'kai', assurance: 'claimed', findings: ['unverified_principal'] }
    expect(received(sent)).toMatchObject(claimed)
    expect(runIncoming(sent, toolHere)).toMatchObject(claimed)
    const row = { attribution: 'spring', 'attribution.principal.id': 'kai' }
    expect(resume(row, toolHere, { span: false })).toMatchObject(claimed)
    const ctx = new AttributionPropagator(w3c(), []).extract(ROOT_CONTEXT, sent, defaultTextMapGetter)
    expect(headers(ctx)['baggage']).toContain(CAMPAIGN)
    const passedOn = { baggage: `${CAMPAIGN},attribution.principal.id=kai` }
    new AttributionPropagator(w3c(), [HOST]).inject(ROOT_CONTEXT, passedOn, defaultTextMapSetter)
    expect(passedOn).toEqual({ baggage: CAMPAIGN })
  })
  it('is no carrier where one is expected, and a carrier goes nowhere else', () => {
    const sent = sentFor(headers)
    unsigned()
    const out: Headers = { ...sent }
    new AttributionPropagator(w3c(), undefined).inject(ROOT_CONTEXT, out, defaultTextMapSetter)
    expect(out['baggage']).toBeUndefined()
    mail()
    expect(received({ ...sent, baggage: CAMPAIGN })).toMatchObject(REFUSED)
  })
})
