import { propagation, ROOT_CONTEXT } from '@opentelemetry/api'
import { W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { expect, it } from 'vitest'
import { asAgent, currentAttribution, onBehalfOf } from '../../src/index.ts'
import { outgoingEntries, runIncoming } from '../../src/runtime/crossing/hop.ts'

const ASKED = { principal: 'kai@contoso.com', intent: 'mail the report', correlationId: 'c-1' } as const

it('takes the facets along, and brings them back as claims', () => {
  const sent = onBehalfOf(ASKED, () => asAgent('report-assistant', () => outgoingEntries()))
  expect(Object.keys(sent)).toEqual(['baggage'])
  const brought = runIncoming(sent, () => currentAttribution())
  expect(brought).toMatchObject({
    principal: { id: 'kai@contoso.com' },
    actorChain: ['report-assistant'],
    intent: { summary: 'mail the report' },
    correlationId: 'c-1',
  })
})

it('brings nothing of what cannot be read', () => {
  const hostile = { baggage: 'attribution.principal.id=%E0%A4%A,=,;,attribution.intent.id', traceparent: ['00'] }
  expect(runIncoming(hostile, () => 'ran')).toBe('ran')
  expect(runIncoming({ baggage: 7 }, () => currentAttribution())).toBeUndefined()
})

it('reads no more baggage than facets can need', () => {
  const kai = 'attribution.principal.id=kai'
  const padded = (entries: number) => ({ baggage: `${'a=b,'.repeat(entries)}${kai}` })
  expect(runIncoming(padded(100), () => currentAttribution())).toMatchObject({ principal: { id: 'kai' } })
  expect(runIncoming(padded(200), () => currentAttribution())).toBeUndefined()
  const before = performance.now()
  expect(runIncoming({ baggage: ','.repeat(8_000_000) }, () => 'ran')).toBe('ran')
  expect(runIncoming({ baggage: ','.repeat(200_000) }, () => 'ran')).toBe('ran')
  expect(performance.now() - before).toBeLessThan(500)
})

it('takes nothing along where nothing is bound', () => {
  expect(outgoingEntries()).toEqual({})
})

it('takes the app’s own baggage along where the app propagates baggage, and nowhere else', () => {
  const ctx = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ tenant: { value: 'blue' } }))
  try {
    propagation.setGlobalPropagator(new W3CTraceContextPropagator())
    expect(outgoingEntries(ctx)).toEqual({})
    propagation.disable()
    propagation.setGlobalPropagator(new W3CBaggagePropagator())
    expect(outgoingEntries(ctx)).toEqual({ baggage: 'tenant=blue' })
  } finally {
    propagation.disable()
  }
})
