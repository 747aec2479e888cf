import { metrics, trace } from '@opentelemetry/api'
import { fault } from './fault.ts'
import { processState } from './process-state.ts'

interface Flushable {
  forceFlush(): Promise<unknown>
}

const state = processState('flush', () => ({ pipelines: new Set<Flushable>() }))

/** Makes `flush` flush this pipeline too, until the returned function is called. */
export function flushWith(pipeline: Flushable): () => void {
  state.pipelines.add(pipeline)
  return () => state.pipelines.delete(pipeline)
}

const DEFAULT_TIMEOUT_MS = 5_000

/**
 * Exports what has ended so far, for example before a serverless function returns: flushes our pipelines, and the
 * registered tracer and meter provider. Never rejects, and resolves after `timeoutMs` (milliseconds, default 5,000) at
 * the latest. A failure counts a fault.
 */
export async function flush(timeoutMs: number = DEFAULT_TIMEOUT_MS): Promise<void> {
  const wait = Number.isFinite(timeoutMs) && timeoutMs >= 0 ? timeoutMs : DEFAULT_TIMEOUT_MS
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, wait)
  })
  await Promise.race([flushAll(), timeout])
  clearTimeout(timer)
}

async function flushAll(): Promise<void> {
  const targets = new Set<Flushable>([
    ...state.pipelines,
    ...flushable(tracerProvider()),
    ...flushable(metrics.getMeterProvider()),
  ])
  await Promise.all([...targets].map(flushOne))
}

async function flushOne(target: Flushable): Promise<void> {
  try {
    await target.forceFlush()
  } catch (error) {
    fault('flush', 'a pipeline could not be flushed', error)
  }
}

/** The API returns a proxy. Only the provider behind it can be flushed. */
function tracerProvider(): unknown {
  const provider: unknown = trace.getTracerProvider()
  const delegate = provider as { getDelegate?: () => unknown }
  return typeof delegate.getDelegate === 'function' ? delegate.getDelegate() : provider
}

function flushable(target: unknown): readonly Flushable[] {
  const candidate = target as Partial<Flushable> | undefined
  return typeof candidate?.forceFlush === 'function' ? [candidate as Flushable] : []
}
