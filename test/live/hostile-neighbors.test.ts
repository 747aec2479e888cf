import { context, diag, metrics, propagation, trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { BatchSpanProcessor, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { asAgent, flush, onBehalfOf } from '../../src/index.ts'
import { attribution } from '../../src/setup/attribution.ts'
import { AGENT, diagLines, TOOL } from '../runtime/provider.ts'
import { newFaults } from '../runtime/faults.ts'
import { seen } from './seen.ts'

let sink: InMemorySpanExporter
let sdk: NodeSDK | undefined
const uncaught: unknown[] = []
const catchIt = (error: unknown) => void uncaught.push(error)

beforeEach(() => {
  sink = new InMemorySpanExporter()
  vi.stubEnv('OTEL_METRICS_EXPORTER', 'none')
  vi.stubEnv('OTEL_LOGS_EXPORTER', 'none')
  vi.stubEnv('OTEL_TRACES_EXPORTER', 'none')
  process.on('unhandledRejection', catchIt)
  uncaught.length = 0
  newFaults()
})

afterEach(async () => {
  // One that hangs is left behind.
  void sdk?.shutdown().catch(() => {})
  sdk = undefined
  process.off('unhandledRejection', catchIt)
  for (const api of [trace, context, propagation, metrics, diag]) api.disable()
  vi.unstubAllEnvs()
})

type Configuration = ConstructorParameters<typeof NodeSDK>[0]

function start(configuration: Configuration): NodeSDK {
  sdk = new NodeSDK({ serviceName: 'app', ...configuration })
  sdk.start()
  return sdk
}

/** Returns what the app gets of its own work. */
function work(): string {
  const tracer = trace.getTracer('app')
  return onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'work' }, () =>
    asAgent('assistant', () =>
      tracer.startActiveSpan('agent', { attributes: AGENT }, (agent) => {
        tracer.startSpan('tool', { attributes: TOOL }).end()
        agent.end()
        return 'done'
      }),
    ),
  )
}

const left = () =>
  sink
    .getFinishedSpans()
    .map(seen)
    .map(({ name, principal, verdict, findings }) => ({ name, principal, verdict, findings }))

const WHOLE = ['tool', 'agent'].map((name) => ({
  name,
  principal: 'kai@contoso.com',
  verdict: 'separated',
  findings: [],
}))

const HOOKS = ['onStart', 'onEnding', 'onEnd'] as const
const LATE_HOOKS = ['forceFlush', 'shutdown'] as const

const idle = (): SpanProcessor => ({
  onStart: () => {},
  onEnd: () => {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
})

function fail(): never {
  throw new Error('the neighbor is broken')
}
const throwing = (hook: string): SpanProcessor => ({ ...idle(), [hook]: fail })
const never = () => new Promise<void>(() => {})
const hanging = (hook: string): SpanProcessor => ({ ...idle(), [hook]: never })

/** A processor of the app that exports too, so that it stands behind ours. */
class Behind extends SimpleSpanProcessor {
  constructor(hook: string, deed: () => never | Promise<void>) {
    super({ exporter: new InMemorySpanExporter() })
    Object.assign(this, { [hook]: deed })
  }
}

const PLACES = [
  ['before ours', throwing, hanging],
  ['behind ours', (hook: string) => new Behind(hook, fail), (hook: string) => new Behind(hook, never)],
] as const

describe.each(PLACES)('a processor %s', (_, broken, stuck) => {
  const composed = (neighbor: SpanProcessor) =>
    attribution({ spanProcessors: [neighbor, new SimpleSpanProcessor({ exporter: sink })] })

  it.each(HOOKS)('that throws in %s harms neither the app nor a span', async (hook) => {
    start(composed(broken(hook)))
    expect(work()).toBe('done')
    await flush()
    expect(left()).toEqual(WHOLE)
    expect(new Set(newFaults())).toEqual(new Set(['pipeline']))
  })

  it.each(LATE_HOOKS)('that throws in %s keeps nothing from leaving', async (hook) => {
    const batch = new BatchSpanProcessor({ exporter: sink, scheduledDelayMillis: 60_000 })
    start(attribution({ spanProcessors: [broken(hook), batch] }))
    expect(work()).toBe('done')
    await flush()
    expect(left()).toEqual(WHOLE)
    expect(uncaught).toEqual([])
  })

  it('that hangs in forceFlush holds flush up no longer than it may, and keeps nothing from leaving', async () => {
    const batch = new BatchSpanProcessor({ exporter: sink, scheduledDelayMillis: 60_000 })
    start(attribution({ spanProcessors: [stuck('forceFlush'), batch] }))
    work()
    const started = performance.now()
    await flush(200)
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(left()).toEqual(WHOLE)
  })

  it('that hangs in shutdown keeps nothing from leaving', async () => {
    const shutDown = vi.spyOn(sink, 'shutdown').mockResolvedValue()
    const batch = new BatchSpanProcessor({ exporter: sink, scheduledDelayMillis: 60_000 })
    const running = start(attribution({ spanProcessors: [stuck('shutdown'), batch] }))
    work()
    void running.shutdown()
    sdk = undefined
    await expect.poll(() => shutDown.mock.calls.length).toBe(1)
    expect(left()).toEqual(WHOLE)
    // What is shut down is flushed no more, so that what hangs there holds nobody up.
    const started = performance.now()
    await flush()
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe('an exporter', () => {
  const broken = {
    'throws synchronously': fail,
    'answers with a failure': (_: unknown, done: (result: { code: number; error: Error }) => void) =>
      done({ code: 1, error: new Error('the exporter is broken') }),
    'never calls back': () => {},
  } as const

  const PROCESSORS = {
    'at each span': (exporter: InMemorySpanExporter) => new SimpleSpanProcessor({ exporter }),
    'in batches': (exporter: InMemorySpanExporter) =>
      new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1, exportTimeoutMillis: 50 }),
  } as const

  describe.each(Object.entries(PROCESSORS))('that exports %s', (_, processorOf) => {
    it.each(Object.entries(broken))('and %s harms neither the app nor the exporter beside it', async (__, deed) => {
      diagLines()
      const other = new InMemorySpanExporter()
      Object.assign(other, { export: deed })
      const spanProcessors = [processorOf(other), new SimpleSpanProcessor({ exporter: sink })]
      start({ ...attribution({ spanProcessors }), autoDetectResources: false })
      expect(work()).toBe('done')
      await flush(300)
      expect(left()).toEqual(WHOLE)
      expect(uncaught).toEqual([])
    })
  })
})
