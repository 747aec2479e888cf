import {
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  trace,
} from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, currentAttribution, decided, onBehalfOf, via } from '../../src/index.ts'
import { AttributionPropagator } from '../../src/runtime/crossing/propagator.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const w3c = () =>
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] })

let traced: Traced
beforeEach(() => {
  traced = tracing()
  newFaults()
})
afterEach(silence)

/** The headers of a request to a host, made inside its client span. */
function headersTo(host: string, hosts: readonly string[] | undefined, ctx: Context = context.active()) {
  const client = traced.tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes: { 'server.address': host } }, ctx)
  const headers: Record<string, string> = {}
  new AttributionPropagator(w3c(), hosts).inject(trace.setSpan(ctx, client), headers, defaultTextMapSetter)
  client.end()
  return headers
}

function extracted(baggage: string, hosts: readonly string[] | undefined): Context {
  return new AttributionPropagator(w3c(), hosts).extract(ROOT_CONTEXT, { baggage }, defaultTextMapGetter)
}

const everything = <T>(work: () => T): T =>
  onBehalfOf(
    { principal: 'kai@contoso.com', intent: 'send the report', authority: { id: 'g-1' }, correlationId: 'c-1' },
    () =>
      asAgent('planner', () =>
        via({ id: 'crm', credential: { id: 'key-7' } }, () => decided({ outcome: 'allow' }, work)),
      ),
  )

describe('what goes out', () => {
  it('is nothing of ours unless hosts are listed', () => {
    expect(Object.keys(everything(() => headersTo('mail.internal', undefined)))).toEqual(['traceparent'])
    expect(Object.keys(everything(() => headersTo('mail.internal', [])))).toEqual(['traceparent'])
  })
  it('is nothing of ours to a host that is not listed', () => {
    expect(Object.keys(everything(() => headersTo('evil.example', ['mail.internal'])))).toEqual(['traceparent'])
  })
  it('is nothing of ours where no client span says where it goes', () => {
    const headers: Record<string, string> = {}
    everything(() =>
      new AttributionPropagator(w3c(), ['mail.internal']).inject(context.active(), headers, defaultTextMapSetter),
    )
    expect(headers).toEqual({})
  })
  it('is the facets, to a listed host; never a credential, context or decision', () => {
    const { baggage = '' } = everything(() => headersTo('mail.internal', ['mail.internal']))
    const names = baggage.split(',').map((entry) => entry.split('=')[0])
    expect(names.toSorted()).toEqual([
      'attribution.actor.chain',
      'attribution.actor.id',
      'attribution.authority.id',
      'attribution.correlation.id',
      'attribution.intent.hash',
      'attribution.intent.summary',
      'attribution.principal.id',
    ])
  })

  const HOSTS: readonly (readonly [string, string, boolean])[] = [
    ['mail.internal', 'mail.internal', true],
    ['MAIL.Internal.', 'mail.internal', true],
    ['a.mail.internal', '*.mail.internal', true],
    ['a.b.mail.internal', '*.mail.internal', true],
    ['mail.internal', '*.mail.internal', false],
    ['evilmail.internal', '*.mail.internal', false],
    ['mail.internal.evil.example', 'mail.internal', false],
    ['[::1]', '::1', true],
    ['0:0:0:0:0:0:0:1', '[::1]', true],
    ['::2', '::1', false],
  ]
  for (const [host, listed, isSent] of HOSTS) {
    it(`${isSent ? 'goes' : 'does not go'} to ${host} where ${listed} is listed`, () => {
      expect('baggage' in everything(() => headersTo(host, [listed]))).toBe(isSent)
    })
  }
  it('leaves the baggage of the app alone', () => {
    const ctx = propagation.setBaggage(context.active(), propagation.createBaggage({ tenant: { value: 'blue' } }))
    expect(headersTo('evil.example', undefined, ctx)['baggage']).toBe('tenant=blue')
  })
  it('strips what the app put there under our names, in any case', () => {
    const baggage = propagation.createBaggage({
      'Attribution.Principal.Id': { value: 'mallory' },
      tenant: { value: 'blue' },
    })
    expect(headersTo('mail.internal', undefined, propagation.setBaggage(context.active(), baggage))['baggage']).toBe(
      'tenant=blue',
    )
  })

  it('takes ours out of headers that the app passes on, as text, as a list or as the bytes of a message', () => {
    const ours = 'attribution.principal.id=kai'
    const passedOn = (baggage: unknown) => {
      const headers = { baggage }
      new AttributionPropagator(w3c(), ['mail.internal']).inject(ROOT_CONTEXT, headers, defaultTextMapSetter)
      return headers
    }
    for (const baggage of [ours, [ours], Buffer.from(ours), '%61ttribution.principal.id=%ZZ']) {
      expect(passedOn(baggage)).toEqual({})
    }
    for (const baggage of [`tenant=blue,${ours}`, ['tenant=blue', ours], Buffer.from(`tenant=blue,${ours}`)]) {
      expect(passedOn(baggage)).toEqual({ baggage: 'tenant=blue' })
    }
    const bytes = Buffer.from('tenant=blue')
    expect(passedOn(bytes).baggage).toBe(bytes)
  })
  it('stays within 64 entries, those of the app included', () => {
    const entries = Object.fromEntries(Array.from({ length: 62 }, (_, index) => [`a${index}`, { value: 'v' }]))
    const headers = everything(() =>
      headersTo(
        'mail.internal',
        ['mail.internal'],
        propagation.setBaggage(context.active(), propagation.createBaggage(entries)),
      ),
    )
    const names = (headers['baggage'] ?? '').split(',')
    expect(names.length).toBe(64)
    expect(names.filter((name) => name.startsWith('attribution.correlation'))).toHaveLength(1)
    expect(newFaults()).toContain('propagator')
  })
  it('stays within 8,192 bytes as they are written, and leaves a facet out whole', () => {
    const wide = '\u{1F600}'.repeat(340)
    const scopes = Array.from({ length: 3 }, () => wide)
    const headers = onBehalfOf({ principal: 'kai', intent: { summary: 'short' }, authority: { id: 'g', scopes } }, () =>
      headersTo('mail.internal', ['mail.internal']),
    )
    const baggage = headers['baggage'] ?? ''
    expect(Buffer.byteLength(baggage)).toBeLessThanOrEqual(8_192)
    expect(baggage).toContain('attribution.principal.id=kai')
    expect(baggage).not.toContain('attribution.authority')
    expect(newFaults()).toContain('propagator')
  })
})

describe('what comes in', () => {
  const KAI = 'attribution.principal.id=kai%40contoso.com,attribution.correlation.id=c-1,tenant=blue'

  it('is stripped of ours unless it is asked for, and the rest stays', () => {
    const ctx = extracted(KAI, undefined)
    expect(context.with(ctx, currentAttribution)).toBeUndefined()
    expect(
      propagation
        .getBaggage(ctx)
        ?.getAllEntries()
        .map(([name]) => name),
    ).toEqual(['tenant'])
  })
  it('is admitted as claimed, by an empty list too', () => {
    const ctx = extracted(KAI, [])
    context.with(ctx, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}))
    expect(traced.one('agent')).toMatchObject({
      principal: 'kai@contoso.com',
      correlation: 'c-1',
      assurance: { principal: 'claimed' },
      findings: ['missing_intent', 'unverified_principal'],
    })
  })
  it('never displaces what is bound', () => {
    context.with(extracted(KAI, []), () =>
      onBehalfOf({ principal: 'lee' }, () => {
        expect(currentAttribution()).toMatchObject({ principal: { id: 'lee' }, correlationId: 'c-1' })
      }),
    )
  })
  it('does not go on by itself as baggage', () => {
    const ctx = extracted(KAI, [])
    expect(headersTo('mail.internal', undefined, ctx)['baggage']).toBe('tenant=blue')
  })
  it('holds no decision, context or declaration, whoever sent them', () => {
    const ctx = extracted(
      'attribution.decision.outcome=allow,attribution.context.id=crm,attribution.declaration.type=autonomous,attribution.principal.assurance=verified',
      [],
    )
    expect(context.with(ctx, currentAttribution)).toBeUndefined()
  })
  it.each([
    ['broken encoding', 'attribution.principal.id=%E0%A4%A'],
    ['a blank', 'attribution.principal.id=%20%20'],
    ['too long a text', `attribution.principal.id=${'x'.repeat(2_000)}`],
    ['entries without a value', 'attribution.principal.id'],
    ['a type that is none', 'attribution.principal.type=wizard'],
    ['prototype names', '__proto__=1,constructor=2,attribution.__proto__=3'],
  ])('names nobody for %s, and throws nothing', (_, baggage) => {
    expect(context.with(extracted(baggage, []), () => currentAttribution()?.principal)).toBeUndefined()
  })
})
