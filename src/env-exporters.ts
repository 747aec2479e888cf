import { diag } from '@opentelemetry/api'
import type { Load } from './app-packages.ts'
import type { Exporter, Processor } from './runtime/live-span.ts'

/**
 * The exporting processors that `OTEL_TRACES_EXPORTER` and its kin ask for, as NodeSDK makes them, with one
 * difference: where the environment names no protocol, OTLP goes out as JSON over HTTP.
 */
export function exportingFromEnvironment(load: Load): readonly Processor[] {
  return exporterNames().flatMap((name) => {
    const exporter = exporterNamed(name, load)
    if (exporter === undefined) return []
    return name === 'console' ? simple(exporter, load) : batching(exporter, load)
  })
}

/** A batch processor around an exporter, by the class that the app holds and by `OTEL_BSP_*`. */
export function batching(exporter: Exporter, load: Load): readonly Processor[] {
  const limits = {
    maxQueueSize: positiveNumber('OTEL_BSP_MAX_QUEUE_SIZE'),
    scheduledDelayMillis: positiveNumber('OTEL_BSP_SCHEDULE_DELAY'),
    exportTimeoutMillis: positiveNumber('OTEL_BSP_EXPORT_TIMEOUT'),
    maxExportBatchSize: positiveNumber('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
  }
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
  return made('BatchSpanProcessor', exporter, given, load)
}

function simple(exporter: Exporter, load: Load): readonly Processor[] {
  return made('SimpleSpanProcessor', exporter, {}, load)
}

type ByOptions = new (options: { readonly exporter: Exporter }) => Processor
type ByPosition = new (exporter: Exporter, config: object) => Processor

/** `sdk-trace` (2.9 and later, 3.x) takes one object; `sdk-trace-base` (2.x) takes exporter and settings. */
function made(name: string, exporter: Exporter, config: object, load: Load): readonly Processor[] {
  const byOptions = load('@opentelemetry/sdk-trace')?.[name] as ByOptions | undefined
  if (byOptions !== undefined) return [new byOptions({ exporter, ...config })]
  const byPosition = load('@opentelemetry/sdk-trace-base')?.[name] as ByPosition | undefined
  if (byPosition !== undefined) return [new byPosition(exporter, config)]
  diag.error(`onbehalf: no spans are exported: install @opentelemetry/sdk-node, which holds ${name}`)
  return []
}

function exporterNames(): readonly string[] {
  const names = [...new Set(listIn('OTEL_TRACES_EXPORTER'))].filter((name) => name !== 'null')
  if (names[0] === 'none') return []
  if (names.length === 0) return ['otlp']
  if (!names.includes('none')) return names
  diag.warn('OTEL_TRACES_EXPORTER contains "none" along with other exporters. Using default otlp exporter.')
  return ['otlp']
}

function exporterNamed(name: string, load: Load): Exporter | undefined {
  if (name === 'otlp') return newExporter(otlpPackage(), 'OTLPTraceExporter', load)
  if (name === 'zipkin') return newExporter('@opentelemetry/exporter-zipkin', 'ZipkinExporter', load)
  if (name !== 'console') {
    diag.warn(`Unrecognized OTEL_TRACES_EXPORTER value: ${name}.`)
    return undefined
  }
  const isNew = load('@opentelemetry/sdk-trace') !== undefined
  return newExporter(isNew ? '@opentelemetry/sdk-trace' : '@opentelemetry/sdk-trace-base', 'ConsoleSpanExporter', load)
}

const OTLP_JSON = '@opentelemetry/exporter-trace-otlp-http'
const OTLP_PROTOBUF = '@opentelemetry/exporter-trace-otlp-proto'
const OTLP_GRPC = '@opentelemetry/exporter-trace-otlp-grpc'

function otlpPackage(): string {
  const protocol = textIn('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? textIn('OTEL_EXPORTER_OTLP_PROTOCOL')
  if (protocol === undefined || protocol === 'http/json') return OTLP_JSON
  if (protocol === 'grpc') return OTLP_GRPC
  if (protocol !== 'http/protobuf') diag.warn(`Unsupported OTLP traces protocol: ${protocol}. Using http/protobuf.`)
  return OTLP_PROTOBUF
}

function newExporter(packageName: string, name: string, load: Load): Exporter | undefined {
  const found = load(packageName)?.[name] as (new () => Exporter) | undefined
  if (found !== undefined) return new found()
  diag.error(`onbehalf: no spans are exported: install ${packageName}, which the environment asks for`)
  return undefined
}

function positiveNumber(variable: string): number | undefined {
  const text = textIn(variable)
  if (text === undefined) return undefined
  const value = Number(text)
  if (value > 0) return value
  diag.warn(`${variable} (${text}) is invalid, expected number greater than 0, using default.`)
  return undefined
}

function listIn(variable: string): readonly string[] {
  const entries = textIn(variable)?.split(',') ?? []
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== '')
}

/** Blank is unset. */
function textIn(variable: string): string | undefined {
  const text = process.env[variable]?.trim()
  return text === undefined || text === '' ? undefined : text
}
