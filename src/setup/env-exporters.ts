import type { Load } from './app-packages.ts'
import { nearest } from '../base/spelling.ts'
import type { Exporter, Processor } from '../runtime/span/live-span.ts'
import { notice } from '../runtime/health/notice.ts'

/** Something made by the app's packages. Undefined if a package that it needs can't be found. */
export type Made<T> = T | undefined

/** Wraps each exporter before a batch processor is made for it. */
export type Around = (
  exporter: Exporter,
  made: ExporterClass,
  batch: (exporter: Exporter) => Made<Processor>,
) => Made<Processor>

/** The class of an exporter that takes its settings from the environment. */
export interface ExporterClass {
  readonly packageName: string
  readonly name: string
}

/**
 * The exporting processors that `OTEL_TRACES_EXPORTER` and its kin ask for, as NodeSDK makes them, with one difference:
 * if the environment names no protocol, OTLP is sent as JSON over HTTP. Undefined if a package that it needs can't be
 * found, as in a bundle: NodeSDK, which has all of them, must make them itself.
 */
export function exportingFromEnvironment(load: Load, around: Around = plainly): Made<readonly Processor[]> {
  const processors = exporterNames().flatMap((name) => {
    const kind = classOf(name, load)
    return kind === undefined ? [] : [exporting(name, kind, load, around)]
  })
  const found = processors.filter((processor) => processor !== undefined)
  return found.length === processors.length ? found : undefined
}

/** A batch processor around an exporter, made with the app's class and `OTEL_BSP_*`. */
export function batching(exporter: Exporter, load: Load): Made<Processor> {
  const limits = {
    maxQueueSize: positiveNumber('OTEL_BSP_MAX_QUEUE_SIZE'),
    scheduledDelayMillis: positiveNumber('OTEL_BSP_SCHEDULE_DELAY'),
    exportTimeoutMillis: positiveNumber('OTEL_BSP_EXPORT_TIMEOUT'),
    maxExportBatchSize: positiveNumber('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
  }
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
  return made('BatchSpanProcessor', exporter, given, load)
}

/** Whether the environment says that no spans are exported. */
export function isExportOff(): boolean {
  return exporterNames().length === 0
}

const plainly: Around = (exporter, _, batch) => batch(exporter)

function exporting(name: string, kind: ExporterClass, load: Load, around: Around): Made<Processor> {
  const found = load(kind.packageName)?.[kind.name] as (new () => Exporter) | undefined
  if (found === undefined) return undefined
  const exporter = new found()
  if (name === 'console') return made('SimpleSpanProcessor', exporter, {}, load)
  return around(exporter, kind, (wrapped) => batching(wrapped, load))
}

type ByOptions = new (options: { readonly exporter: Exporter }) => Processor
type ByPosition = new (exporter: Exporter, config: object) => Processor

/** `sdk-trace` (2.9 and later, 3.x) takes one object; `sdk-trace-base` (2.x) takes exporter and settings. */
function made(name: string, exporter: Exporter, config: object, load: Load): Made<Processor> {
  const byOptions = load('@opentelemetry/sdk-trace')?.[name] as ByOptions | undefined
  if (byOptions !== undefined) return new byOptions({ exporter, ...config })
  const byPosition = load('@opentelemetry/sdk-trace-base')?.[name] as ByPosition | undefined
  return byPosition === undefined ? undefined : new byPosition(exporter, config)
}

function exporterNames(): readonly string[] {
  const names = [...new Set(listIn('OTEL_TRACES_EXPORTER'))].filter((name) => name !== 'null')
  if (names[0] === 'none') return []
  if (names.length === 0) return ['otlp']
  if (!names.includes('none')) return names
  notice('warn', 'OTEL_TRACES_EXPORTER names "none" along with others: the default, otlp, is used')
  return ['otlp']
}

function classOf(name: string, load: Load): ExporterClass | undefined {
  if (name === 'otlp') return { packageName: otlpPackage(), name: 'OTLPTraceExporter' }
  if (name === 'zipkin') return { packageName: '@opentelemetry/exporter-zipkin', name: 'ZipkinExporter' }
  if (name === 'console') return { packageName: consolePackage(load), name: 'ConsoleSpanExporter' }
  const close = nearest(name, EXPORTERS)
  const asked = `OTEL_TRACES_EXPORTER names ${JSON.stringify(name.slice(0, MAX_QUOTED))}`
  notice(
    'error',
    `${asked}, which isn't a known exporter: it exports no spans; ` +
      (close === undefined ? `known are ${EXPORTERS.join(', ')}` : `did you mean ${close}?`),
  )
  return undefined
}

const EXPORTERS = ['otlp', 'console', 'zipkin', 'none'] as const
const MAX_QUOTED = 40

function consolePackage(load: Load): string {
  return load('@opentelemetry/sdk-trace') === undefined ? '@opentelemetry/sdk-trace-base' : '@opentelemetry/sdk-trace'
}

const OTLP_JSON = '@opentelemetry/exporter-trace-otlp-http'
const OTLP_PROTOBUF = '@opentelemetry/exporter-trace-otlp-proto'
const OTLP_GRPC = '@opentelemetry/exporter-trace-otlp-grpc'

function otlpPackage(): string {
  const protocol = textIn('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? textIn('OTEL_EXPORTER_OTLP_PROTOCOL')
  if (protocol === undefined || protocol === 'http/json') return OTLP_JSON
  if (protocol === 'grpc') return OTLP_GRPC
  if (protocol !== 'http/protobuf') {
    notice(
      'warn',
      'the configured OTLP protocol is unknown: http/protobuf is used; known are grpc, http/protobuf, http/json',
    )
  }
  return OTLP_PROTOBUF
}

function positiveNumber(variable: string): number | undefined {
  const text = textIn(variable)
  if (text === undefined) return undefined
  const value = Number(text)
  if (value > 0) return value
  notice('warn', `${variable} has to be a number greater than 0: the default is used`)
  return undefined
}

function listIn(variable: string): readonly string[] {
  const entries = textIn(variable)?.split(',') ?? []
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== '')
}

/** Blank means unset. */
function textIn(variable: string): string | undefined {
  const text = process.env[variable]?.trim()
  return text === undefined || text === '' ? undefined : text
}
