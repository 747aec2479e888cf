import { createRequire, syncBuiltinESMExports } from 'node:module'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { flush } from '../../src/index.ts'
import { attribution } from '../../src/setup/attribution.ts'
import type { AttributionOptions } from '../../src/setup/attribution.ts'
import { seen } from './seen.ts'
import type { Seen } from './seen.ts'

type Instrumentation = NonNullable<AttributionOptions['instrumentations']>[number]

export interface LiveSdk {
  /** Everything that left so far, in the order in which it ended. */
  all(): readonly ReadableSpan[]
  /** What of it is judged. */
  judged(): Promise<readonly Seen[]>
  /** Resolves when `count` spans of this name have left. */
  arrival(name: string, count?: number): Promise<void>
  clear(): void
  stop(): Promise<void>
}

/** The real SDK as a user sets it up, with http and undici instrumentation; only what is exported stays here. */
export function startLiveSdk(options: AttributionOptions = {}, more: readonly Instrumentation[] = []): LiveSdk {
  const live = startSdk(options, () => [new HttpInstrumentation(), new UndiciInstrumentation(), ...more])
  patchHttp()
  return live
}

/** The real SDK without any instrumentation. */
export function startBareSdk(options: AttributionOptions = {}): LiveSdk {
  return startSdk(options, () => [])
}

/** `attribution()` comes first, as the README has it: it then sees each request before the instrumentations do. */
function startSdk(options: AttributionOptions, instrumentations: () => Instrumentation[]): LiveSdk {
  process.env['OTEL_METRICS_EXPORTER'] = 'none'
  process.env['OTEL_LOGS_EXPORTER'] = 'none'
  const sink = new Sink()
  const sdk = new NodeSDK({
    serviceName: 'assistant-service',
    ...attribution({ spanProcessors: [new SimpleSpanProcessor({ exporter: sink })], ...options }),
    instrumentations: instrumentations(),
  })
  sdk.start()
  return {
    all: () => sink.getFinishedSpans(),
    arrival: (name, count = 1) => sink.arrival(name, count),
    judged: async () => {
      await flush()
      return sink
        .getFinishedSpans()
        .map(seen)
        .filter((span) => span.verdict !== undefined)
    },
    clear: () => sink.reset(),
    stop: () => sdk.shutdown(),
  }
}

class Sink extends InMemorySpanExporter {
  #waiting: { readonly name: string; readonly count: number; readonly resolve: () => void }[] = []

  override export(...args: Parameters<InMemorySpanExporter['export']>): void {
    super.export(...args)
    const isDone = ({ name, count }: { name: string; count: number }) => this.#countOf(name) >= count
    for (const { resolve } of this.#waiting.filter(isDone)) resolve()
    this.#waiting = this.#waiting.filter((entry) => !isDone(entry))
  }

  arrival(name: string, count: number): Promise<void> {
    if (this.#countOf(name) >= count) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ name, count, resolve }))
  }

  #countOf(name: string): number {
    return this.getFinishedSpans().filter((span) => span.name === name).length
  }
}

/** The instrumentation of http patches what `require` hands out; test files import. */
function patchHttp(): void {
  createRequire(import.meta.url)('node:http')
  syncBuiltinESMExports()
}
