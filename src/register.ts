import { trace } from '@opentelemetry/api'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import type { NodeSDK, NodeSDKConfiguration } from '@opentelemetry/sdk-node'
import { appPackages } from './app-packages.ts'
import type { Load } from './app-packages.ts'
import { AttributionConfigError } from './config.ts'
import { attribution } from './setup.ts'

/**
 * `node --import onbehalf/register app.mjs`: starts NodeSDK with attribution and with the instrumentation of http and
 * undici, by `OTEL_*` and `ONBEHALF_*` alone. It never starts a second provider, and never takes the app down, except
 * for settings that cannot be used: these stop the process before the app starts, and every bad one is named.
 */
register()

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
  process.stderr.write(`${error.message}\n`)
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
  const sdk = new Sdk({ ...configuration, instrumentations: instrumentations(load) })
  sdk.start()
  flushAtExit(sdk)
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

/** Without them no client span shows what an agent did to the outside. */
function instrumentations(load: Load): Instrumentation[] {
  return Object.entries(INSTRUMENTATIONS).flatMap(([name, className]) => {
    const found = load(name)?.[className] as (new () => Instrumentation) | undefined
    if (found !== undefined) return [new found()]
    process.stderr.write(`onbehalf: calls over it stay unseen: install ${name}\n`)
    return []
  })
}

function complain(reason: string): void {
  process.stderr.write(`onbehalf: this process is not attributed: ${reason}\n`)
}

const SHUTDOWN_MS = 5_000

/** Sends what is left before the process ends, and then ends it as it would have ended. */
function flushAtExit(sdk: NodeSDK): void {
  let isDown = false
  const shutDown = async () => {
    if (isDown) return
    isDown = true
    const limit = new Promise<void>((resolve) => setTimeout(resolve, SHUTDOWN_MS).unref())
    await Promise.race([sdk.shutdown().catch(() => {}), limit])
  }
  process.once('beforeExit', () => void shutDown())
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const onSignal = () => {
      // Where the app has a handler of its own, ending is up to the app.
      const isOnlyOurs = process.listenerCount(signal) === 0
      void shutDown().then(() => isOnlyOurs && process.kill(process.pid, signal))
    }
    process.once(signal, onSignal)
  }
}
