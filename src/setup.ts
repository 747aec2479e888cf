import type { TextMapPropagator } from '@opentelemetry/api'
import { diag } from '@opentelemetry/api'
import { appPackages } from './app-packages.ts'
import type { Load } from './app-packages.ts'
import { resolveConfig } from './config.ts'
import type { Config, Options } from './config.ts'
import { batching, exportingFromEnvironment } from './env-exporters.ts'
import { propagatorFromEnvironment } from './env-propagator.ts'
import { startOwnInstrumentations } from './own-instrumentations.ts'
import { bareExporter } from './runtime/exporter.ts'
import type { Exporter, Processor } from './runtime/live-span.ts'
import { Pipeline, warnOfNoExporter } from './runtime/pipeline.ts'
import { JudgingProcessor } from './runtime/processor.ts'
import { AttributionPropagator } from './runtime/propagator.ts'
import { exportersOf } from './sinks.ts'

/**
 * What `NodeSDK` takes, as the app's own version of it says; anything where the app has none.
 * @ts-ignore */
export type SdkConfiguration = Partial<import('@opentelemetry/sdk-node').NodeSDKConfiguration>

/** Options of ours, and anything that `NodeSDK` takes, which is composed or passed through. */
export type AttributionOptions = Options & SdkConfiguration

/**
 * A configuration to spread into `new NodeSDK({ ...attribution(), ... })`.
 *
 * It composes what it is given, and where it is given nothing, what `OTEL_*` says: the processors of the app first,
 * then ours, then those that export; each span reaches each exporter once. So give `traceExporter`, `spanProcessors`
 * and `textMapPropagator` to `attribution()` and not beside it: NodeSDK lets `spanProcessors` replace the exporter of
 * the environment, and what stands beside the spread replaces what was composed. The exporter of the environment is
 * used where no `traceExporter` is given and no given processor is seen to export.
 *
 * It patches queues, limiters, pools and workers, so that they run what they are handed for whom handed it over: from
 * the moment of this call, whatever becomes of the `instrumentations` that it returns. Call it before those are loaded.
 *
 * It throws `AttributionConfigError`, naming every bad field, and nothing after that.
 */
export function attribution(options: AttributionOptions = {}): SdkConfiguration {
  const config = resolveConfig(options, { also: SDK_OPTIONS })
  const { traceExporter, spanProcessors, spanProcessor, textMapPropagator, ...others } = forSdk(options)
  const load = lazily(appPackages)
  const given = [...(spanProcessors ?? []), ...(spanProcessor === undefined ? [] : [spanProcessor])]
  const pipeline = compose(config, given, traceExporter, load)
  const propagator = propagatorOf(textMapPropagator, config, load)
  const ours = startOwnInstrumentations(load) as unknown as Instrumentations
  return {
    ...(others as SdkConfiguration),
    ...(ours.length > 0 && { instrumentations: [...ours, ...(options.instrumentations ?? [])] }),
    spanProcessors: [pipeline as unknown as NonNullable<SdkConfiguration['spanProcessors']>[number]],
    ...(propagator === undefined ? {} : { textMapPropagator: propagator }),
  }
}

type Instrumentations = NonNullable<SdkConfiguration['instrumentations']>

/** What NodeSDK of either line takes. */
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

/** What is not ours, but NodeSDK's. */
function forSdk(options: AttributionOptions): Composed {
  const isOurs = (name: string) => !(SDK_OPTIONS as readonly string[]).includes(name)
  return Object.fromEntries(Object.entries(options).filter(([name]) => !isOurs(name))) as Composed
}

interface Composed {
  readonly traceExporter?: Exporter
  readonly spanProcessors?: readonly Processor[]
  readonly spanProcessor?: Processor
  readonly textMapPropagator?: TextMapPropagator | null
}

function compose(
  config: Config,
  given: readonly Processor[],
  traceExporter: Exporter | undefined,
  load: Load,
): Pipeline {
  const { others, exporting } = sorted(given)
  const sinks = new Set(exporting.flatMap(exportersOf))
  const added = addedExporting(traceExporter, exporting, sinks, load)
  const isBacked = others.length + exporting.length + added.length > 0
  if (!isBacked) warnOfNoExporter()
  return new Pipeline({ others, judging: new JudgingProcessor(config, true), exporting: [...exporting, ...added] })
}

function addedExporting(
  traceExporter: Exporter | undefined,
  exporting: readonly Processor[],
  sinks: ReadonlySet<Exporter>,
  load: Load,
): readonly Processor[] {
  if (traceExporter !== undefined) return sinks.has(bareExporter(traceExporter)) ? [] : batching(traceExporter, load)
  return exporting.length > 0 ? [] : exportingFromEnvironment(load)
}

/** One that is given twice counts once, and so does one whose exporters all stand behind an earlier one. */
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
    diag.warn('onbehalf: the option baggage has no effect: no propagator of this process carries baggage')
  }
  return new AttributionPropagator(inner, baggageHosts)
}

/** Packages are looked for once, and only where something is missing. */
function lazily(find: () => Load): Load {
  let load: Load | undefined
  return (name) => (load ??= find())(name)
}
