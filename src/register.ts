import { createRequire, syncBuiltinESMExports } from 'node:module'
import { trace } from '@opentelemetry/api'
import type { NodeSDK, NodeSDKConfiguration } from '@opentelemetry/sdk-node'
import { appPackages } from './app-packages.ts'
import type { Load } from './app-packages.ts'
import { AttributionConfigError } from './config.ts'
import { flush } from './runtime/flush.ts'
import { attribution } from './setup.ts'

/**
 * `node --import onbehalf/register app.mjs`: starts NodeSDK with attribution and with the instrumentation of http and
 * undici, by `OTEL_*` and `ONBEHALF_*` alone. It never starts a second provider, and never takes the app down, except
 * for settings that cannot be used: these stop the process before the app starts, and every bad one is named.
 */
function register(): void {
  try {
    start()
  } catch (error) {
    if (error instanceof AttributionConfigError) stop(error)
    complain(`${error instanceof Error ? error.message : String(error)}`)
  }
}

const BAD_CONFIGURATION_EXIT = 2

function stop(error: AttributionConfigError): never {
  say(error.message)
  process.exit(BAD_CONFIGURATION_EXIT)
}

function start(): void {
  if (hasProvider()) {
    return complain('a tracer provider is registered already; add new AttributionSpanProcessor() to that one instead')
  }
  const load = appPackages()
  const sdkNode = load('@opentelemetry/sdk-node')
  // Settings are checked even where nothing can be started.
  const configuration = attribution()
  if (sdkNode === undefined) return complain('install @opentelemetry/sdk-node')
  const Sdk = sdkNode['NodeSDK'] as new (configuration: Partial<NodeSDKConfiguration>) => NodeSDK
  let ended = 0
  const counting = { ...IDLE, onEnd: () => void ended++ }
  const spanProcessors = [...(configuration.spanProcessors ?? []), counting]
  const sdk = new Sdk({ ...configuration, spanProcessors, instrumentations: instrumentations(load) })
  sdk.start()
  patchForImport()
  flushAtExit(sdk, () => ended)
}

const IDLE = { onStart: () => {}, forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() }

/**
 * An instrumentation of http patches the module when `require` first hands it out, and an ES module that imports it
 * never calls `require`. Calling it here, and telling the importers of what changed, serves both kinds of app.
 */
function patchForImport(): void {
  const require = createRequire(import.meta.url)
  require('node:http')
  require('node:https')
  syncBuiltinESMExports()
}

/** The API hands out a proxy; what it stands for tells whether somebody registered a provider. */
function hasProvider(): boolean {
  const proxy = trace.getTracerProvider() as { getDelegate?: () => object }
  const delegate = proxy.getDelegate?.()
  return delegate === undefined || delegate.constructor.name !== 'NoopTracerProvider'
}

const INSTRUMENTATIONS = {
  '@opentelemetry/instrumentation-http': 'HttpInstrumentation',
  '@opentelemetry/instrumentation-undici': 'UndiciInstrumentation',
} as const

type Instrumentations = NonNullable<NodeSDKConfiguration['instrumentations']>

/** Without them no client span shows what an agent did to the outside. */
function instrumentations(load: Load): Instrumentations {
  return Object.entries(INSTRUMENTATIONS).flatMap(([name, className]) => {
    const found = load(name)?.[className] as (new () => Instrumentations[number]) | undefined
    if (found !== undefined) return [new found()]
    say(`onbehalf: calls over it stay unseen: install ${name}`)
    return []
  })
}

function complain(reason: string): void {
  say(`onbehalf: this process is not attributed: ${reason}`)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** How long the end of the app is held up, in milliseconds. */
const LIMIT_MS = 5_000

/**
 * Sends what is left before the process ends, and then lets it end as it would have ended. Nothing is shut down while
 * the app may still go on: what it does in its own handlers is sent too.
 */
function flushAtExit(sdk: NodeSDK, ended: () => number): void {
  flushWhenDrained(sdk, ended)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      // Where the app has a handler of its own, ending is up to the app.
      if (process.listenerCount(signal) > 0) void flush(LIMIT_MS)
      else void shutDown(sdk).then(() => process.kill(process.pid, signal))
    })
  }
}

/** The event comes again each time that something was done after it: it is done when nothing new has ended. */
function flushWhenDrained(sdk: NodeSDK, ended: () => number): void {
  let sent = 0
  let isDown = false
  process.on('beforeExit', () => {
    if (isDown) return
    const hasMore = ended() > sent
    sent = ended()
    isDown = !hasMore
    // Without a handler of the app nothing of its own can be left, and a hanging exporter must not keep it alive.
    const timer = setTimeout(() => process.listenerCount('beforeExit') === 1 && process.exit(), LIMIT_MS).unref()
    void (hasMore ? flush(LIMIT_MS * 2) : shutDown(sdk)).then(() => clearTimeout(timer))
  })
}

async function shutDown(sdk: NodeSDK): Promise<void> {
  const limit = new Promise<void>((resolve) => setTimeout(resolve, LIMIT_MS).unref())
  await Promise.race([sdk.shutdown().catch(() => {}), limit])
}

register()
