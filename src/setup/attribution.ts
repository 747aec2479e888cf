import type { TextMapPropagator } from '@opentelemetry/api'
import { appPackages } from './app-packages.ts'
import type { Load } from './app-packages.ts'
import { resolveConfig } from './config.ts'
import type { Config, Options } from './config.ts'
import { batching, exportingFromEnvironment, isExportOff } from './env-exporters.ts'
import type { Around, Made } from './env-exporters.ts'
import { propagatorFromEnvironment } from './env-propagator.ts'
import { hookQueues } from './queue-hooks.ts'
import { bareExporter } from '../runtime/judging/judging-exporter.ts'
import { registeredProvider } from '../runtime/health/global-api.ts'
import { coverPropagator, joinLogging, joinProvider, onceProvided } from './joining.ts'
import type { Compose } from './joining.ts'
import type { Exporter, Processor } from '../runtime/span/live-span.ts'
import { hint, notice } from '../runtime/health/notice.ts'
import { Pipeline } from '../runtime/judging/pipeline.ts'
import { AttributionLogRecordProcessor } from '../runtime/judging/attribution-log-record-processor.ts'
import { JudgingProcessor } from '../runtime/judging/judging-processor.ts'
import { startLiveJudge } from '../runtime/judging/live-judge.ts'
import { AttributionPropagator } from '../runtime/crossing/propagator.ts'
import { useCarriers } from '../runtime/crossing/signed-carrier.ts'
import { exportersOf } from './sinks.ts'

/**
 * What `NodeSDK` accepts, in the app's own version of it. Anything if the app has none.
 * @ts-ignore */
export type SdkConfiguration = Partial<import('@opentelemetry/sdk-node').NodeSDKConfiguration>

/** Our options, and anything that `NodeSDK` takes, which is composed or passed through. */
export type AttributionOptions = Options & SdkConfiguration

/**
 * A configuration to spread into `new NodeSDK({ ...attribution(), ... })`.
 *
 * It composes what you pass, and what `OTEL_*` says where you pass nothing: the app's processors first, then ours, then
 * those that export. Each span reaches each exporter once. So pass `traceExporter`, `spanProcessors` and
 * `textMapPropagator` to `attribution()` and not beside it: NodeSDK lets `spanProcessors` replace the environment's
 * exporter, and options beside the spread replace what was composed. The environment's exporter is used if there is no
 * `traceExporter` and no given processor is seen to export.
 *
 * Where the app has logs, their records get the ids of who asked, what acted and why: see `AttributionLogRecordProcessor`.
 *
 * From this call on, it patches queues, limiters, pools and workers, so that they run work on behalf of the caller that
 * handed it over. Call it before those are loaded.
 *
 * If the app's packages can't be found, as in a bundle, NodeSDK makes what the environment says, and our pipeline joins
 * it as soon as it is registered.
 *
 * Throws `AttributionConfigError`, which names every bad field, and nothing after that.
 *
 * @example
 * ```ts
 * import { NodeSDK } from '@opentelemetry/sdk-node'
 * import { attribution } from 'onbehalf'
 *
 * new NodeSDK({ serviceName: 'report-service', ...attribution() }).start()
 * ```
 */
export function attribution(options: AttributionOptions = {}): SdkConfiguration {
  return attributionAround(options)
}

/** Like `attribution`, with a wrapper around the environment's exporters. */
export function attributionAround(options: AttributionOptions, around?: Around): SdkConfiguration {
  const config = resolveConfig(options, { also: SDK_OPTIONS })
  useCarriers(config.carriers)
  const { traceExporter, spanProcessors, spanProcessor, textMapPropagator, logRecordProcessors, ...others } =
    forSdk(options)
  const packages = remembered(appPackages)
  const load: Load = (name) => packages().load(name)
  const given = [...(spanProcessors ?? []), ...(spanProcessor === undefined ? [] : [spanProcessor])]
  const compose = composing(config, given)
  hookQueues(packages)
  joinLogging()
  const added = addedExporting(given, traceExporter, load, around)
  const propagator = propagatorOf(textMapPropagator, config, load)
  const isWhole = added !== undefined && propagator !== undefined
  const provider = registeredProvider()
  // Another setup came first, and the API keeps its provider: what NodeSDK starts now would see no spans.
  if (provider !== undefined) join(provider, config, composing(config, []))
  else if (!isWhole) onceProvided((provider) => join(provider, config, added === undefined ? compose : undefined))
  return {
    ...(others as SdkConfiguration),
    ...(added !== undefined && { spanProcessors: [compose(added)] as unknown as SpanProcessors }),
    ...(added === undefined &&
      traceExporter !== undefined && { traceExporter: traceExporter as unknown as TraceExporter }),
    ...(propagator !== undefined && { textMapPropagator: propagator }),
    ...(logRecordProcessors !== undefined && {
      logRecordProcessors: [new AttributionLogRecordProcessor(), ...logRecordProcessors] as unknown as LogProcessors,
    }),
  }
}

/** Joins a registered tracer provider, with the environment's settings. */
export function joinRegistered(provider: object): void {
  const config = resolveConfig()
  useCarriers(config.carriers)
  hookQueues(appPackages)
  joinLogging()
  join(provider, config, composing(config, []))
}

type SpanProcessors = NonNullable<SdkConfiguration['spanProcessors']>
type LogProcessors = NonNullable<SdkConfiguration['logRecordProcessors']>
type TraceExporter = NonNullable<SdkConfiguration['traceExporter']>

function join(provider: object, { baggageHosts }: Config, compose: Compose | undefined): void {
  coverPropagator(baggageHosts)
  if (compose !== undefined && !joinProvider(provider, compose)) notice('error', whyNotJoined(provider))
}

function whyNotJoined(provider: object): string {
  if ('addSpanProcessor' in provider) {
    return 'this process is not attributed: its OpenTelemetry SDK is version 1.x; use 2.x (sdk-node 0.200) or later'
  }
  return (
    `this process is not attributed: nothing can be added to its tracer provider (${provider.constructor.name}); ` +
    'put new AttributionSpanProcessor() into its list of span processors, before the one that exports'
  )
}

/** The options that NodeSDK 2.x and 3.x take. */
export const SDK_OPTIONS = [
  'autoDetectResources',
  'contextManager',
  'idGenerator',
  'instrumentations',
  'logRecordProcessor',
  'logRecordProcessors',
  'metricReader',
  'metricReaders',
  'resource',
  'resourceDetectors',
  'sampler',
  'serviceName',
  'spanLimits',
  'spanProcessor',
  'spanProcessors',
  'textMapPropagator',
  'traceExporter',
  'views',
] as const satisfies readonly (keyof SdkConfiguration)[]

/** The options that are NodeSDK's and not ours. */
function forSdk(options: AttributionOptions): Composed {
  const isOurs = (name: string) => !(SDK_OPTIONS as readonly string[]).includes(name)
  return Object.fromEntries(Object.entries(options).filter(([name]) => !isOurs(name))) as Composed
}

interface Composed {
  readonly traceExporter?: Exporter
  readonly spanProcessors?: readonly Processor[]
  readonly spanProcessor?: Processor
  readonly textMapPropagator?: TextMapPropagator | null
  readonly logRecordProcessors?: readonly object[]
}

/** The app's processors first, then ours, then those that export. In each group, the given ones come first. */
function composing(config: Config, given: readonly Processor[]): Compose {
  const judging = new JudgingProcessor(startLiveJudge(config), true)
  return (more) => {
    const { others, exporting } = sorted([...given, ...more])
    if (others.length + exporting.length === 0) tellOfNoExporter()
    return new Pipeline({ others, judging, exporting })
  }
}

function tellOfNoExporter(): void {
  const text = 'spans are judged and counted, but no exporter is configured: none of them leaves this process'
  if (isExportOff()) hint(text)
  else notice('error', text)
}

/** Undefined if the packages it needs can't be found. */
function addedExporting(
  given: readonly Processor[],
  traceExporter: Exporter | undefined,
  load: Load,
  around: Around | undefined,
): Made<readonly Processor[]> {
  const sinks = new Set(given.flatMap(exportersOf))
  if (traceExporter === undefined) return sinks.size > 0 ? [] : exportingFromEnvironment(load, around)
  if (sinks.has(bareExporter(traceExporter))) return []
  const processor = batching(traceExporter, load)
  return processor === undefined ? undefined : [processor]
}

/** A processor that is given twice counts once. So does one whose exporters are all behind an earlier one. */
function sorted(given: readonly Processor[]): {
  readonly others: readonly Processor[]
  readonly exporting: readonly Processor[]
} {
  const others: Processor[] = []
  const exporting: Processor[] = []
  const sinks = new Set<Exporter>()
  for (const processor of new Set(given)) {
    const exporters = exportersOf(processor)
    if (exporters.length === 0) others.push(processor)
    else if (exporters.some((exporter) => !sinks.has(exporter))) exporting.push(processor)
    for (const exporter of exporters) sinks.add(exporter)
  }
  return { others, exporting }
}

function propagatorOf(
  given: TextMapPropagator | null | undefined,
  { baggageHosts }: Config,
  load: Load,
): TextMapPropagator | null | undefined {
  const inner = given === undefined ? propagatorFromEnvironment(load) : given
  if (inner === undefined || inner === null) return inner
  if (baggageHosts !== undefined && !inner.fields().includes('baggage')) {
    notice('warn', 'the option baggage has no effect: no propagator of this process carries baggage')
  }
  return new AttributionPropagator(inner, baggageHosts)
}

/** Looks for packages once, and only if something is missing. */
function remembered<T extends object>(find: () => T): () => T {
  let found: T | undefined
  return () => (found ??= find())
}
