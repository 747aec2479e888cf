import { SpanProcessor as Agent365SpanProcessor } from '@microsoft/agents-a365-observability/dist/cjs/tracing/processors/SpanProcessor.js'
import { context, propagation } from '@opentelemetry/api'
import { ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor } from '@opentelemetry/baggage-span-processor'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { asAgent, AttributionSpanProcessor, onBehalfOf, via } from 'onbehalf'

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

/** Takes every batch and keeps nothing, so that only what stands before it is measured. */
const nowhere = {
  export: (_, done) => done({ code: 0 }),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}

/** The tracer of a pipeline with this processor before the stock batch processor. */
function tracerWith(...processors) {
  const batch = new BatchSpanProcessor(nowhere, { maxQueueSize: 1_000_000, scheduledDelayMillis: 50 })
  return new BasicTracerProvider({ spanProcessors: [...processors, batch] }).getTracer('bench')
}

const BAGGAGE = {
  'user.id': 'kai@contoso.com',
  'gen_ai.agent.id': 'report-assistant',
  'gen_ai.agent.name': 'Report assistant',
  'gen_ai.conversation.id': '6547b8ee-e298-494a-ba34-09a6f715d59d',
  'microsoft.tenant.id': 'contoso',
  'microsoft.session.id': 'session-7',
}

const withBaggage = (fn) => {
  const entries = Object.fromEntries(Object.entries(BAGGAGE).map(([key, value]) => [key, { value }]))
  return context.with(propagation.setBaggage(context.active(), propagation.createBaggage(entries)), fn)
}

/** Eight facets: principal, actor, context, credential, intent, authority, correlation and the chain. */
const withFacets = (fn) =>
  onBehalfOf(
    {
      principal: { id: 'kai@contoso.com', type: 'human' },
      intent: 'send the weekly report to the board',
      authority: { id: 'mandate-12', type: 'mandate' },
      correlationId: '6547b8ee-e298-494a-ba34-09a6f715d59d',
    },
    () =>
      asAgent({ id: 'report-assistant', version: '3' }, () =>
        via({ id: 'mail-connector', type: 'connector', credential: { id: 'key-7f3a', type: 'own' } }, fn),
      ),
  )

const unbound = (fn) => fn()

/** Each pipeline that is compared: its tracer, and how a request binds what its spans shall carry. */
export const PIPELINES = {
  stock: { tracer: tracerWith(), bind: unbound },
  baggage: { tracer: tracerWith(new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS)), bind: withBaggage },
  'agent-365': { tracer: tracerWith(new Agent365SpanProcessor()), bind: withBaggage },
  onbehalf: { tracer: tracerWith(new AttributionSpanProcessor()), bind: withFacets },
}
