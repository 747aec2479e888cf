import { context, diag, propagation, trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { BatchSpanProcessor, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AttributionSpanExporter, AttributionSpanProcessor, flush, onBehalfOf } from '../../src/index.ts'
import { attribution } from '../../src/setup/attribution.ts'
import { AGENT, diagLines, TOOL } from '../runtime/provider.ts'
import { seen } from './seen.ts'

let sink: InMemorySpanExporter
let sdk: NodeSDK | undefined

beforeEach(() => {
  sink = new InMemorySpanExporter()
  vi.stubEnv('OTEL_METRICS_EXPORTER', 'none')
  vi.stubEnv('OTEL_LOGS_EXPORTER', 'none')
})

afterEach(async () => {
  await sdk?.shutdown()
  sdk = undefined
  for (const api of [trace, context, propagation, diag]) api.disable()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

type Configuration = ConstructorParameters<typeof NodeSDK>[0]

/** An agent and its tool, made for Kai under this setup. */
async function work(configuration: Configuration): Promise<void> {
  sdk = new NodeSDK({ serviceName: 'app', ...configuration })
  sdk.start()
  const tracer = trace.getTracer('app')
  onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'work' }, () =>
    tracer.startActiveSpan('agent', (agent) => {
      agent.setAttributes(AGENT)
      tracer.startSpan('tool', { attributes: TOOL }).end()
      agent.end()
    }),
  )
  await flush()
}

const left = (from = sink) =>
  from
    .getFinishedSpans()
    .map(seen)
    .map(({ name, principal, actor, verdict, span }) => ({
      name,
      principal,
      actor,
      verdict,
      judges: Object.keys(span.attributes).filter((key) => key === 'attribution.judge').length,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

const ONCE = ['agent', 'tool'].map((name) => ({
  name,
  principal: 'kai@contoso.com',
  actor: 'assistant',
  verdict: 'separated',
  judges: 1,
}))

const simple = (exporter = sink) => new SimpleSpanProcessor({ exporter })
const batch = (exporter = sink) => new BatchSpanProcessor({ exporter })
const theirs = () => ({
  onStart() {},
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
})

const COMPOSITIONS: readonly (readonly [string, () => Configuration])[] = [
  ['traceExporter alone', () => attribution({ traceExporter: sink })],
  ['spanProcessors alone', () => attribution({ spanProcessors: [simple()] })],
  ['both, over one exporter', () => attribution({ traceExporter: sink, spanProcessors: [simple()] })],
  ['a simple and a batch processor over one exporter', () => attribution({ spanProcessors: [simple(), batch()] })],
  [
    'one processor given twice',
    () => {
      const processor = simple()
      return attribution({ spanProcessors: [processor, processor] })
    },
  ],
  ['a processor of the app and traceExporter', () => attribution({ traceExporter: sink, spanProcessors: [theirs()] })],
  ['an exporter that is wrapped already', () => attribution({ traceExporter: new AttributionSpanExporter(sink) })],
  [
    'an exporter that is wrapped twice',
    () => attribution({ traceExporter: new AttributionSpanExporter(new AttributionSpanExporter(sink)) }),
  ],
  [
    'a wrapped exporter and the same one bare',
    () => attribution({ traceExporter: new AttributionSpanExporter(sink), spanProcessors: [simple(sink)] }),
  ],
  [
    'a processor of ours among those that are given',
    () => attribution({ spanProcessors: [new AttributionSpanProcessor(), simple()] }),
  ],
  [
    'a processor of ours after an exporting one',
    () => attribution({ spanProcessors: [simple(), new AttributionSpanProcessor()] }),
  ],
  ['attribution() twice', () => ({ ...attribution(attribution({ spanProcessors: [simple()] })) })],
  ['a processor of ours alone, before', () => ({ spanProcessors: [new AttributionSpanProcessor(), simple()] })],
  ['a processor of ours alone, after', () => ({ spanProcessors: [simple(), new AttributionSpanProcessor()] })],
  [
    'two processors of ours',
    () => ({ spanProcessors: [new AttributionSpanProcessor(), new AttributionSpanProcessor(), simple()] }),
  ],
  [
    'a processor of ours and a wrapped exporter',
    () => ({ spanProcessors: [new AttributionSpanProcessor(), batch(new AttributionSpanExporter(sink) as never)] }),
  ],
]

describe('each span reaches its exporter once, attributed once', () => {
  it.each(COMPOSITIONS)('with %s', async (_, configuration) => {
    vi.stubEnv('OTEL_TRACES_EXPORTER', 'none')
    await work(configuration())
    expect(left()).toEqual(ONCE)
  })

  it('with two exporters, of which each gets it', async () => {
    const other = new InMemorySpanExporter()
    await work(attribution({ spanProcessors: [simple(), batch(other)] }))
    expect([left(), left(other)]).toEqual([ONCE, ONCE])
  })

  it('with an exporter and another in a given processor, of which each gets it', async () => {
    const other = new InMemorySpanExporter()
    await work(attribution({ traceExporter: other, spanProcessors: [simple()] }))
    expect([left(), left(other)]).toEqual([ONCE, ONCE])
  })
})

describe('what the environment says', () => {
  const printed = () => {
    const names: unknown[] = []
    vi.spyOn(console, 'dir').mockImplementation((line: { name?: unknown }) => void names.push(line.name))
    return names
  }

  it('exports where nothing is given', async () => {
    vi.stubEnv('OTEL_TRACES_EXPORTER', 'console')
    const names = printed()
    await work(attribution())
    expect(names).toEqual(['tool', 'agent'])
  })

  it('exports beside a processor of the app that exports nothing', async () => {
    vi.stubEnv('OTEL_TRACES_EXPORTER', 'console')
    const names = printed()
    await work(attribution({ spanProcessors: [theirs()] }))
    expect(names).toEqual(['tool', 'agent'])
  })

  it('does not export where an exporter is given', async () => {
    vi.stubEnv('OTEL_TRACES_EXPORTER', 'console')
    const names = printed()
    await work(attribution({ traceExporter: sink }))
    expect({ names, left: left() }).toEqual({ names: [], left: ONCE })
  })

  it('may be that nothing is exported, and then that is said', async () => {
    vi.stubEnv('OTEL_TRACES_EXPORTER', 'none')
    const lines = diagLines()
    await work(attribution())
    expect(lines.filter((line) => line.includes('no exporter is configured'))).toHaveLength(1)
  })

  it.each([
    ['always_off', 0],
    ['always_on', 2],
  ])('samples: %s', async (sampler, count) => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', sampler)
    await work(attribution({ traceExporter: sink }))
    expect(left()).toHaveLength(count)
  })

  it.each([
    ['', ['traceparent', 'tracestate', 'baggage']],
    ['baggage', ['baggage']],
    ['b3', ['b3']],
    ['none', []],
  ])('propagates: %j', async (propagators, fields) => {
    vi.stubEnv('OTEL_PROPAGATORS', propagators)
    await work(attribution({ traceExporter: sink }))
    expect(propagation.fields()).toEqual(fields)
  })

  it('disables the whole SDK', async () => {
    vi.stubEnv('OTEL_SDK_DISABLED', 'true')
    await work(attribution({ traceExporter: sink }))
    expect(left()).toEqual([])
  })
})
