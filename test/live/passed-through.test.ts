import { context, defaultTextMapSetter, metrics, propagation, SamplingDecision, trace } from '@opentelemetry/api'
import type { TextMapPropagator } from '@opentelemetry/api'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { flush, onBehalfOf } from '../../src/index.ts'
import { attribution } from '../../src/setup/attribution.ts'
import { AGENT, TOOL } from '../runtime/provider.ts'
import { seen } from './seen.ts'

let sink: InMemorySpanExporter
let sdk: NodeSDK | undefined

beforeEach(() => {
  sink = new InMemorySpanExporter()
  for (const signal of ['METRICS', 'LOGS', 'TRACES']) vi.stubEnv(`OTEL_${signal}_EXPORTER`, 'none')
})

afterEach(async () => {
  await sdk?.shutdown()
  sdk = undefined
  for (const api of [trace, context, propagation, metrics]) api.disable()
  vi.unstubAllEnvs()
})

type Configuration = NonNullable<ConstructorParameters<typeof NodeSDK>[0]>

/** The same option given to `attribution()`, and given to NodeSDK beside what `attribution()` made. */
const WAYS = [
  ['to attribution()', (more: Configuration) => attribution({ ...more, ...exporting() })],
  ['to NodeSDK beside it', (more: Configuration) => ({ ...attribution(exporting()), ...more })],
] as const

const exporting = () => ({ spanProcessors: [new SimpleSpanProcessor({ exporter: sink })] })

/** An agent and its tool for Kai. */
async function work(configuration: Configuration): Promise<void> {
  sdk = new NodeSDK({ serviceName: 'app', ...configuration })
  sdk.start()
  const tracer = trace.getTracer('app')
  onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'work' }, () =>
    tracer.startActiveSpan('agent', { attributes: AGENT }, (agent) => {
      tracer.startSpan('tool', { attributes: TOOL }).end()
      agent.end()
    }),
  )
  await flush()
}

const left = () =>
  sink
    .getFinishedSpans()
    .map(seen)
    .map(({ name, principal, actor, verdict, findings }) => ({ name, principal, actor, verdict, findings }))

const mine = (name: string, actor = 'assistant') => ({
  name,
  principal: 'kai@contoso.com',
  actor,
  verdict: 'separated',
  findings: [],
})

function sampler(decide: (name: string) => SamplingDecision): NonNullable<Configuration['sampler']> {
  return {
    shouldSample: (_, __, name) => ({ decision: decide(name) }),
    toString: () => 'by name',
  }
}

const { NOT_RECORD, RECORD, RECORD_AND_SAMPLED } = SamplingDecision

describe.each(WAYS)('a sampler that is passed %s', (_, configure) => {
  const all = (decision: SamplingDecision) => sampler(() => decision)
  const but = (name: string, decision: SamplingDecision) =>
    sampler((other) => (other === name ? decision : RECORD_AND_SAMPLED))

  it('overrides that of the environment', async () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off')
    await work(configure({ sampler: all(RECORD_AND_SAMPLED) }))
    expect(left()).toEqual([mine('tool'), mine('agent')])
  })

  it.each([
    ['drops everything', NOT_RECORD],
    ['records everything and samples nothing', RECORD],
  ])('and %s has nothing leave', async (__, decision) => {
    await work(configure({ sampler: all(decision) }))
    expect(left()).toEqual([])
  })

  it('and only records an agent leaves its tool with the agent for an actor', async () => {
    await work(configure({ sampler: but('agent', RECORD) }))
    expect(left()).toEqual([mine('tool')])
  })

  it('and drops an agent leaves its tool with who asked, and with the service for an actor', async () => {
    await work(configure({ sampler: but('agent', NOT_RECORD) }))
    expect(left()).toEqual([mine('tool', 'app')])
  })

  it('and drops a tool leaves its agent as it is', async () => {
    await work(configure({ sampler: but('tool', NOT_RECORD) }))
    expect(left()).toEqual([mine('agent')])
  })
})

describe.each(WAYS)('a detector of resources that is passed %s', (_, configure) => {
  it('has what it finds on each span, where it says who acts if nobody else does', async () => {
    const resourceDetectors = [{ detect: () => ({ attributes: { 'gen_ai.agent.name': 'clerk', region: 'eu' } }) }]
    await work(
      configure({
        resourceDetectors,
        sampler: sampler((name) => (name === 'agent' ? NOT_RECORD : RECORD_AND_SAMPLED)),
      }),
    )
    expect(left()).toEqual([mine('tool', 'clerk')])
    expect(sink.getFinishedSpans()[0]?.resource.attributes).toMatchObject({ region: 'eu', 'service.name': 'app' })
  })
})

describe('a propagator', () => {
  const w3c = (): TextMapPropagator =>
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] })

  /** What goes out where the app itself put an entry of ours into its baggage. */
  function sent(): Readonly<Record<string, string>> {
    const baggage = propagation.createBaggage({
      'attribution.principal.id': { value: 'eve@contoso.com' },
      app: { value: '1' },
    })
    const headers: Record<string, string> = {}
    propagation.inject(propagation.setBaggage(context.active(), baggage), headers, defaultTextMapSetter)
    return headers
  }

  it('that is passed to attribution() sends nothing of ours', async () => {
    await work(attribution({ ...exporting(), textMapPropagator: w3c() }))
    expect(sent()).toEqual({ baggage: 'app=1' })
  })

  it('that is passed beside it takes its place, and then nobody cleans', async () => {
    await work({ ...attribution(exporting()), textMapPropagator: w3c() })
    expect(sent()['baggage']).toContain('eve')
    expect(left()).toEqual([mine('tool'), mine('agent')])
  })

  it('that is null sends nothing', async () => {
    await work(attribution({ ...exporting(), textMapPropagator: null }))
    expect(sent()).toEqual({})
  })
})
