import { isMainThread, parentPort } from 'node:worker_threads'
import type { NodeSDK, NodeSDKConfiguration } from '@opentelemetry/sdk-node'
import { appInstrumentations } from './setup/app-instrumentations.ts'
import { appPackages } from './setup/app-packages.ts'
import type { AppPackages, Load } from './setup/app-packages.ts'
import { bundledPackage } from './setup/bundled-packages.ts'
import { AttributionConfigError } from './policy/config-error.ts'
import { instrumentationsAsked, resolveConfig } from './setup/config.ts'
import { patchBuiltins, patchForImport } from './setup/loader-hook.ts'
import { makeWay } from './setup/making-way.ts'
import { keepingAccount } from './setup/outstanding.ts'
import type { Outstanding } from './setup/outstanding.ts'
import { sendAtEnd } from './setup/process-end.ts'
import { registeredProvider } from './runtime/health/global-api.ts'
import { attributionAround, joinRegistered } from './setup/attribution.ts'

/**
 * `node --import onbehalf/register app.mjs`: starts NodeSDK with attribution and with the instrumentations that the app
 * holds, by `OTEL_*` and `ONBEHALF_*` alone. Where a provider is registered already it joins that one, and never starts
 * a second. It never takes the app down, except for settings that cannot be used: these stop the process before the app
 * starts, and every bad one is named.
 */
function register(): void {
  // Node preloads what is required into the thread of its loader hooks too, where no code of the app runs.
  if (!isMainThread && parentPort === null) return
  try {
    start()
  } catch (error) {
    if (error instanceof AttributionConfigError) stop(error)
    complain(`${error instanceof Error ? error.message : String(error)}`)
  }
}

const BAD_CONFIGURATION_EXIT = 2

function stop(error: AttributionConfigError): never {
  write(error.message)
  process.exit(BAD_CONFIGURATION_EXIT)
}

function start(): void {
  // Settings are checked even where nothing can be started.
  resolveConfig()
  tellOfOtherRuntime()
  const packages = packagesOfApp()
  const provider = registeredProvider()
  if (provider !== undefined) joinOther(provider)
  else startOwn(packages)
}

function packagesOfApp(): AppPackages {
  const { load, resolve } = appPackages()
  return { resolve, load: (name) => load(name) ?? bundledPackage(name) }
}

/** Whoever registered it has chosen its instrumentations and its end. */
function joinOther(provider: object): void {
  joinRegistered(provider)
  patchBuiltins(['http', 'https'])
}

function startOwn(packages: AppPackages): void {
  const { load, resolve } = packages
  const Sdk = sdkOf(load)
  if (Sdk === undefined) return
  const outstanding: Outstanding[] = []
  const configuration = attributionAround({}, keepingAccount(outstanding))
  let ended = 0
  const counting = { ...IDLE, onEnd: () => void ended++ }
  const spanProcessors = configuration.spanProcessors && [...configuration.spanProcessors, counting]
  const instrumentations = appInstrumentations(load, instrumentationsAsked(), say)
  const sdk = new Sdk({
    ...configuration,
    ...(spanProcessors !== undefined && { spanProcessors }),
    instrumentations: instrumentations as unknown as Instrumentations,
  })
  sdk.start()
  const provider = registeredProvider()
  if (provider !== undefined) makeWay(provider, instrumentations)
  patchForImport(packages, instrumentations)
  sendAtEnd({ shutDown: () => sdk.shutdown(), ended: () => ended, outstanding, resolve, say })
}

type Instrumentations = NonNullable<NodeSDKConfiguration['instrumentations']>
type Sdk = new (configuration: Partial<NodeSDKConfiguration>) => NodeSDK

const IDLE = { onStart: () => {}, forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() }

function sdkOf(load: Load): Sdk | undefined {
  const sdkNode = load('@opentelemetry/sdk-node')
  if (sdkNode === undefined) complain('install @opentelemetry/sdk-node')
  else if (isOld(sdkNode)) {
    complain('its OpenTelemetry SDK is version 1.x: install @opentelemetry/sdk-node 0.200 or later')
  } else return sdkNode['NodeSDK'] as Sdk
  return undefined
}

/** The line 2.x has taken this method away. */
function isOld(sdkNode: Readonly<Record<string, unknown>>): boolean {
  const tracing = sdkNode['tracing'] as { readonly BasicTracerProvider?: { readonly prototype: object } } | undefined
  return 'addSpanProcessor' in (tracing?.BasicTracerProvider?.prototype ?? {})
}

/** Their `fetch` is their own and tells no instrumentation of its calls. */
function tellOfOtherRuntime(): void {
  const { bun, deno } = process.versions
  const runtime = bun === undefined ? (deno === undefined ? undefined : 'Deno') : 'Bun'
  if (runtime === undefined) return
  say(
    `calls over fetch stay unseen on ${runtime}: put via() around a span of your own for each, or call over node:http, ` +
      'which is seen; packages that are imported are not patched either',
  )
}

function complain(reason: string): void {
  say(`this process is not attributed: ${reason}`)
}

function say(line: string): void {
  write(`onbehalf: ${line}`)
}

function write(line: string): void {
  process.stderr.write(`${line}\n`)
}

register()
