import { trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { SamplingDecision, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Sampler } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  asAgent,
  attribution,
  AttributionConfigError,
  AttributionSpanExporter,
  onBehalfOf,
  via,
} from '../../src/index.ts'
import { resetProcessState } from '../../src/runtime/health/process-state.ts'
import { JudgedSpans } from '../../src/testing.ts'
import { seen } from '../live/seen.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from '../runtime/provider.ts'

const KAI = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'send the weekly report' } as const
const SHARED = { id: 'mail-connector', type: 'connector', credential: { id: 'key-7f3a', type: 'shared' } } as const

function sendMail(user = 'kai@contoso.com', through: Parameters<typeof via>[0] = 'mail-connector'): void {
  const tracer = trace.getTracer('app')
  const tool = () => inSpan(tracer, 'sendMail', { attributes: TOOL }, () => {})
  const agent = () => inSpan(tracer, 'assist', { attributes: AGENT }, () => via(through, tool))
  onBehalfOf({ ...KAI, principal: { id: user, type: 'human' } }, () => asAgent('report-assistant', agent))
}

function started(judged: JudgedSpans): NodeSDK {
  const sdk = new NodeSDK({ ...attribution({ spanProcessors: [judged] }), autoDetectResources: false })
  sdk.start()
  return sdk
}

const rows = (judged: JudgedSpans) =>
  judged.spans().map((span) => {
    const { name, principal, actor, verdict } = seen(span)
    return { name, principal, actor, verdict }
  })

const WHOLE = { principal: 'kai@contoso.com', actor: 'report-assistant', verdict: 'separated' }
const BOTH = [
  { name: 'sendMail', ...WHOLE },
  { name: 'assist', ...WHOLE },
]

beforeEach(() => {
  silence()
  vi.stubEnv('OTEL_METRICS_EXPORTER', 'none')
  vi.stubEnv('OTEL_LOGS_EXPORTER', 'none')
})
afterEach(() => {
  silence()
  vi.unstubAllEnvs()
  resetProcessState()
})

describe('JudgedSpans', () => {
  it('judges and keeps the spans of a tracer provider', () => {
    const judged = new JudgedSpans()
    tracing([judged])
    sendMail()
    expect(rows(judged)).toEqual(BOTH)
  })

  it('keeps what attribution() judges, and takes the place of the exporter', async () => {
    const judged = new JudgedSpans()
    const sdk = started(judged)
    sendMail()
    expect(rows(judged)).toEqual(BOTH)
    await sdk.shutdown()
    expect(rows(judged)).toEqual(BOTH)
  })

  it('judges in a NodeSDK without attribution()', async () => {
    const judged = new JudgedSpans()
    const sdk = new NodeSDK({ spanProcessors: [judged], autoDetectResources: false })
    sdk.start()
    sendMail()
    await sdk.shutdown()
    expect(rows(judged)).toEqual(BOTH)
  })

  it('is an exporter for what has no span processors', () => {
    const judged = new JudgedSpans()
    const { spans } = tracing([])
    sendMail()
    const exporter = new AttributionSpanExporter(judged.exporter)
    exporter.export([...spans()], () => {})
    expect(rows(judged).map(({ name }) => name)).toEqual(['sendMail', 'assist'])
    expect(rows(judged).every(({ verdict }) => verdict === 'unknown')).toBe(true)
  })

  it('takes the options of the judge, and refuses what it does not know', () => {
    const judged = new JudgedSpans({ profile: 'strict' })
    tracing([judged])
    sendMail()
    expect(judged.spans()[0]?.attributes['attribution.findings']).toEqual(expect.any(Array))
    expect(() => new JudgedSpans({ profil: 'strict' } as object)).toThrow(AttributionConfigError)
  })

  it('leaves out what is recorded and not sampled, as an exporter never sees it', () => {
    const judged = new JudgedSpans()
    const sampler: Sampler = { shouldSample: () => ({ decision: SamplingDecision.RECORD }), toString: () => 'record' }
    const provider = new TracerProvider({ sampler, spanProcessors: [judged] })
    provider.getTracer('app').startSpan('assist', { attributes: AGENT }).end()
    expect(judged.spans()).toEqual([])
  })
})

describe('reset', () => {
  it('forgets the spans, and those that are still open', () => {
    const judged = new JudgedSpans()
    const { tracer } = tracing([judged])
    sendMail()
    const late = tracer.startSpan('of an earlier test', { attributes: AGENT })
    judged.reset()
    late.end()
    expect(judged.spans()).toEqual([])
    sendMail()
    expect(rows(judged)).toEqual(BOTH)
  })

  it.each([
    ['in a tracer provider', (judged: JudgedSpans) => void tracing([judged])],
    ['in attribution()', (judged: JudgedSpans) => void started(judged)],
  ])('forgets whom a credential was used for, %s', (_, start) => {
    const judged = new JudgedSpans()
    start(judged)
    sendMail('kai@contoso.com', SHARED)
    judged.reset()
    sendMail('mia@contoso.com', SHARED)
    expect(judged.spans().map((span) => seen(span).findings)).toEqual([[], []])
    sendMail('kai@contoso.com', SHARED)
    expect(judged.spans().flatMap((span) => seen(span).findings)).toContain('shared_credential')
  })
})
