import { SpanKind } from '@opentelemetry/api'
import { BatchSpanProcessor, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { attribution, AttributionSpanProcessor, onBehalfOf } from '../../src/index.ts'
import { AGENT, silence, TOOL } from '../runtime/provider.ts'
import { seen } from './seen.ts'

afterEach(silence)

const TRACE = '1'.repeat(32)
const scope = { name: '@temporalio/interceptor-workflow', version: '' }

/** An ended span as data, which nobody saw start: as Temporal's workflow exporter hands it to a processor. */
function ended(name: string, spanId: string, more: object): ReadableSpan {
  return {
    name,
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ traceId: TRACE, spanId, traceFlags: 1 }),
    startTime: [1_790_000_000, 0],
    endTime: [1_790_000_001, 0],
    duration: [1, 0],
    status: { code: 0 },
    attributes: {},
    links: [],
    events: [],
    ended: true,
    resource: { attributes: { 'service.name': 'worker' } },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...more,
  } as unknown as ReadableSpan
}

const agent = { ...AGENT, 'user.id': 'kai@contoso.com', 'attribution.intent.summary': 'work' }
const NEW = [
  () => ended('agent', 'a'.repeat(16), { attributes: { ...agent }, instrumentationScope: scope }),
  () =>
    ended('tool', 'b'.repeat(16), {
      attributes: { ...TOOL },
      instrumentationScope: scope,
      parentSpanContext: { traceId: TRACE, spanId: 'a'.repeat(16), traceFlags: 1 },
    }),
]
const OLD = [
  () => ended('agent', 'a'.repeat(16), { attributes: { ...agent }, instrumentationLibrary: scope }),
  () =>
    ended('tool', 'b'.repeat(16), {
      attributes: { ...TOOL },
      instrumentationLibrary: scope,
      parentSpanId: 'a'.repeat(16),
    }),
]

const KAI = { principal: 'kai@contoso.com', actor: 'assistant', verdict: 'separated' }

describe('ended spans that are handed to a processor', () => {
  let sink: InMemorySpanExporter
  beforeEach(() => {
    sink = new InMemorySpanExporter()
  })

  const facts = () =>
    sink.getFinishedSpans().map((span) => {
      const { name, principal, actor, verdict } = seen({ ...span, instrumentationScope: scope } as never)
      return { name, principal, actor, verdict }
    })

  it.each([
    ['of today', NEW],
    ['of the line 1.x, as Temporal makes them', OLD],
  ])('and that nobody saw start are judged by what they and their ancestors say: %s', (_, spans) => {
    const processor = new AttributionSpanProcessor()
    const exporting = new SimpleSpanProcessor({ exporter: sink })
    for (const make of spans) {
      const span = make()
      processor.onEnd(span as never)
      exporting.onEnd(span)
    }
    expect(facts()).toEqual([
      { ...KAI, name: 'agent' },
      { ...KAI, name: 'tool' },
    ])
  })

  it('are judged once in a pipeline, and by several processors', async () => {
    const given = [new AttributionSpanProcessor(), new BatchSpanProcessor({ exporter: sink })]
    const [pipeline] = attribution({ spanProcessors: given as never }).spanProcessors as unknown as [SpanProcessor]
    for (const make of NEW) pipeline.onEnd(make())
    await pipeline.forceFlush()
    expect(facts()).toEqual([
      { ...KAI, name: 'agent' },
      { ...KAI, name: 'tool' },
    ])
  })

  it('do not get what is bound where they are handed over', () => {
    const span = ended('agent', 'c'.repeat(16), { attributes: { ...AGENT }, instrumentationScope: scope })
    onBehalfOf({ principal: 'mia@contoso.com', intent: 'other' }, () =>
      new AttributionSpanProcessor().onEnd(span as never),
    )
    expect(span.attributes).toMatchObject({ 'attribution.verdict': 'unknown' })
    expect(span.attributes).not.toHaveProperty(['attribution.principal.id'])
  })

  it('that are frozen harm nobody', () => {
    const span = ended('agent', 'd'.repeat(16), {
      attributes: Object.freeze({ ...agent }),
      instrumentationScope: scope,
    })
    expect(() => new AttributionSpanProcessor().onEnd(span as never)).not.toThrow()
  })
})
