import { createRequire } from 'node:module'
import * as api from '@opentelemetry/api'
import { context, diag, propagation, trace } from '@opentelemetry/api'
import { InMemoryLogRecordExporter, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AttributionLogRecordProcessor, onBehalfOf } from '../../src/index.ts'
import { attribution } from '../../src/setup/attribution.ts'

interface Logs {
  getLogger(name: string): { emit(record: object): void; enabled(): boolean }
  disable(): void
}

/** A part of the API since 1.10, and a package of its own before. */
const { logs } = ('logs' in api ? api : createRequire(import.meta.url)('@opentelemetry/api-logs')) as { logs: Logs }

const WHO = { principal: 'kai@contoso.com', intent: { id: 'intent-7' }, correlationId: 'c' }
const IDS = {
  'attribution.principal.id': 'kai@contoso.com',
  'attribution.correlation.id': 'c',
  'attribution.intent.id': 'intent-7',
}

let sdk: NodeSDK | undefined

beforeEach(() => {
  for (const signal of ['TRACES', 'METRICS', 'LOGS']) vi.stubEnv(`OTEL_${signal}_EXPORTER`, 'none')
})
afterEach(async () => {
  await sdk?.shutdown()
  sdk = undefined
  for (const api of [trace, context, propagation, diag, logs]) api.disable()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

type Configuration = ConstructorParameters<typeof NodeSDK>[0]

function log(configuration: Configuration): void {
  sdk = new NodeSDK({ serviceName: 'app', autoDetectResources: false, ...configuration })
  sdk.start()
  onBehalfOf(WHO, () => logs.getLogger('app').emit({ body: 'sent' }))
}

describe('attribution() in an app with logs', () => {
  it.each([
    ['alone', []],
    ['beside one of ours', [new AttributionLogRecordProcessor()]],
  ])('puts ids on each record before the given processors, %s', (_, others) => {
    const exporter = new InMemoryLogRecordExporter()
    const processors = [...others, new SimpleLogRecordProcessor({ exporter })]
    log(attribution({ logRecordProcessors: processors }))
    expect(exporter.getFinishedLogRecords().map(({ attributes }) => attributes)).toEqual([IDS])
  })

  it('puts them on what the environment exports, once', () => {
    vi.stubEnv('OTEL_LOGS_EXPORTER', 'console')
    const printed = vi.spyOn(console, 'dir').mockImplementation(() => {})
    log(attribution())
    expect(printed.mock.calls.map(([record]) => (record as { attributes: unknown }).attributes)).toEqual([IDS])
  })

  it('puts them on records of processors that stand beside the spread', () => {
    const exporter = new InMemoryLogRecordExporter()
    log({ ...attribution(), logRecordProcessors: [new SimpleLogRecordProcessor({ exporter })] })
    expect(exporter.getFinishedLogRecords().map(({ attributes }) => attributes)).toEqual([IDS])
  })

  it('makes no logger provider where the app has no logs', () => {
    log(attribution())
    expect(logs.getLogger('app').enabled()).toBe(false)
  })
})
