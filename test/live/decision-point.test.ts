import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { propagation, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { asAgent, authzen, decide, onBehalfOf } from '../../src/index.ts'
import { serveAuthzen } from '../runtime/authzen-server.ts'
import type { Served } from '../runtime/authzen-server.ts'
import { silence, tracing } from '../runtime/provider.ts'
import type { Traced } from '../runtime/provider.ts'

let traced: Traced
let served: Served
let unregister: () => void
beforeEach(async () => {
  traced = tracing()
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  unregister = registerInstrumentations({
    instrumentations: [new UndiciInstrumentation()],
    tracerProvider: trace.getTracerProvider(),
  })
  served = await serveAuthzen(() => ({ decision: true }))
})
afterEach(async () => {
  unregister()
  silence()
  await served.close()
})

it('a question to a decision point is no effect of the agent, and what it allows is', async () => {
  const asked = { principal: { id: 'mia@contoso.com', type: 'human' }, intent: 'refund' } as const
  await onBehalfOf(asked, () =>
    asAgent('assistant', () =>
      decide(authzen({ url: served.url }), { action: 'refund' }, async () => await fetch(`${served.url}/pay`)),
    ),
  )
  expect(traced.seen().map(({ kind, span }) => [kind, span.attributes['attribution.decision.outcome']])).toEqual([
    ['effect', 'allow'],
  ])
  expect(served.requests.map(({ url, headers }) => [url, headers['traceparent'] !== undefined])).toEqual([
    ['/pdp/access/v1/evaluation', false],
    ['/pdp/pay', true],
  ])
})
