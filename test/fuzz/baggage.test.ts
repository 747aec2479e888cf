import { context, defaultTextMapGetter, defaultTextMapSetter, propagation, ROOT_CONTEXT } from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import { SpanKind, trace } from '@opentelemetry/api'
import { W3CBaggagePropagator } from '@opentelemetry/core'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { currentAttribution } from '../../src/index.ts'
import type { Attribution } from '../../src/index.ts'
import { AttributionPropagator } from '../../src/runtime/crossing/propagator.ts'
import { newFaults } from '../runtime/faults.ts'
import { silence, tracing } from '../runtime/provider.ts'
import type { Traced } from '../runtime/provider.ts'
import { bound, NEVER, wireName, within } from './bound.ts'
import { nastyJson, nastyText, patience, prototypeKeys, runs } from './fuzzing.ts'

let traced: Traced
beforeAll(() => {
  traced = tracing()
})
afterAll(silence)

const HOST = 'mail.internal'

function sent(ctx: Context, hosts: readonly string[] | undefined): Record<string, string> {
  const options = { kind: SpanKind.CLIENT, attributes: { 'server.address': HOST } }
  const client = traced.tracer.startSpan('GET', options, ctx)
  const headers: Record<string, string> = {}
  const propagator = new AttributionPropagator(new W3CBaggagePropagator(), hosts)
  propagator.inject(trace.setSpan(ctx, client), headers, defaultTextMapSetter)
  client.end()
  return headers
}

function received(headers: unknown, hosts: readonly string[] | undefined): Context {
  const propagator = new AttributionPropagator(new W3CBaggagePropagator(), hosts)
  return propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
}

const attributionOf = (ctx: Context): Attribution => context.with(ctx, currentAttribution) ?? {}
const entriesOf = (ctx: Context) => propagation.getBaggage(ctx)?.getAllEntries() ?? []
const isOurs = ([name]: readonly [string, unknown]) => name.trim().toLowerCase().startsWith('attribution.')

/** A header as a stranger writes it, encoded or not. */
const header = fc
  .array(
    fc.oneof(
      fc.tuple(wireName, fc.oneof(nastyText, nastyJson), fc.boolean()).map(([name, value, isEncoded]) => {
        return `${name}=${isEncoded ? encodeURIComponent(wellFormed(value)) : value}`
      }),
      nastyText,
      fc.constantFrom('attribution.principal.id=%E0%A4%A', 'attribution.principal.id=%', '=x', 'a=b;c=d;e', ';;;'),
    ),
    { maxLength: 70 },
  )
  // No header can hold half a surrogate pair.
  .map((entries) => wellFormed(entries.join(',')))

function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '')
}

describe('baggage of a stranger', () => {
  const options = runs(1_000)
  it(
    'names at most who asked, what acted, why and under what grant, goes no further, and breaks nothing',
    () => {
      const before = prototypeKeys()
      fc.assert(
        fc.property(header, fc.constantFrom(undefined, [], [HOST]), (baggage, hosts) => {
          const ctx = received({ baggage }, hosts)
          const attribution = attributionOf(ctx)
          expect(NEVER.filter((facet) => facet in attribution)).toEqual([])
          expect(hosts === undefined ? attribution : {}).toEqual({})
          expect(entriesOf(ctx).filter(isOurs)).toEqual([])
          const onward = sent(ctx, undefined)
          expect(entriesOf(propagation.extract(ROOT_CONTEXT, onward)).filter(isOurs)).toEqual([])
          expect(JSON.stringify(attribution).length).toBeLessThan(100_000)
        }),
        options,
      )
      expect(prototypeKeys()).toEqual(before)
    },
    patience(options),
  )
})

describe('what an app bound', () => {
  const options = runs(1_000)
  const theirs = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/u), fc.string({ unit: 'grapheme', maxLength: 40 }), {
    maxKeys: 5,
  })

  it(
    'arrives as it was said or not at all, and the baggage of the app arrives in any case',
    () => {
      fc.assert(
        fc.property(bound, theirs, (said, others) => {
          const entries = Object.entries(others).map(([name, value]) => [name, { value }] as const)
          const baggage = propagation.createBaggage(Object.fromEntries(entries))
          newFaults()
          const there = within(said, () => {
            const here = currentAttribution() ?? {}
            const ctx = propagation.setBaggage(context.active(), baggage)
            return { here, ctx: received(sent(ctx, [HOST]), []) }
          })
          const isWhole = newFaults().length === 0
          const { here } = there
          const arrived = attributionOf(there.ctx)
          for (const facet of ['principal', 'intent', 'authority', 'correlationId', 'actorChain'] as const) {
            expect([here[facet], ...(isWhole ? [] : [undefined])]).toContainEqual(arrived[facet])
          }
          expect(NEVER.filter((facet) => facet in arrived)).toEqual([])
          const plain = propagation.setBaggage(ROOT_CONTEXT, baggage)
          expect(entriesOf(there.ctx)).toEqual(entriesOf(received(sent(plain, undefined), undefined)))
        }),
        options,
      )
    },
    patience(options),
  )
})
