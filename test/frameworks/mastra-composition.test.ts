import { Mastra } from '@mastra/core/mastra'
import { Observability } from '@mastra/observability'
import { OtelExporter } from '@mastra/otel-exporter'
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { AttributionSpanExporter, flush } from '../../src/index.ts'
import { seen } from '../live/seen.ts'
import { mastraBuyer } from './mastra-buyer.ts'
import { USERS, effectsIn, effectsOf, startStage, toolsIn, toolsOf } from './stage.ts'
import type { Stage } from './stage.ts'

/** One exporter for both: `attribution()` composes it behind its processor, and Mastra hands it spans of its own. */

let stage: Stage
let mastra: Mastra
let otel: OtelExporter
const sink = new InMemorySpanExporter()

beforeAll(async () => {
  const exporter = new AttributionSpanExporter(sink)
  stage = await startStage([], { traceExporter: exporter as never })
  otel = new OtelExporter({
    // Where to send is asked for even where an exporter is given.
    provider: { custom: { endpoint: stage.modelUrl, protocol: 'http/json' } },
    exporter: exporter as never,
    signals: { logs: false },
  })
  mastra = new Mastra({
    logger: false,
    agents: { buyer: mastraBuyer(stage) },
    observability: new Observability({ configs: { otel: { serviceName: 'assistant-service', exporters: [otel] } } }),
  })
})

afterAll(async () => {
  await mastra.shutdown()
  await stage.stop()
})

async function answer(user: string): Promise<void> {
  const attributes = { 'attribution.span.kind': 'agent' }
  await trace.getTracer('shop').startActiveSpan('buyer', { attributes }, async (span) => {
    const { traceId, spanId } = span.spanContext()
    const tracingOptions = { traceId, parentSpanId: spanId, metadata: { userId: user } }
    await mastra
      .getAgent('buyer')
      .generate('order a chair', { tracingOptions })
      .finally(() => span.end())
  })
}

it('Mastra and the SDK over one exporter: each span of either leaves once, attributed to its user', async () => {
  await stage.askAll(answer)
  await otel.flush()
  await flush()
  const spans = sink.getFinishedSpans().map(seen)
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length)
  for (const user of USERS) {
    const request = await stage.requestOf(user)
    const mine = spans.filter(({ traceId, verdict }) => traceId === request[0]?.traceId && verdict !== undefined)
    expect(toolsIn(mine)).toEqual(toolsOf(user))
    expect(effectsIn(mine)).toEqual(effectsOf(user, { modelCalls: 2 }))
    expect(new Set(mine.map(({ principal }) => principal))).toEqual(new Set([user]))
  }
})
