import { modulesOf } from './app-instrumentations.ts'
import type { Instrumentation } from './instrumentation.ts'

interface Provider {
  getTracer(name: string, ...others: readonly unknown[]): object
}

/**
 * Has each call seen once where another setup starts the same instrumentations after ours, as
 * `@opentelemetry/auto-instrumentations-node/register` does. Where they patch a module, the later patch replaces ours by
 * itself; one that listens to channels would listen beside ours. It shows itself by asking for its tracer: then ours ends.
 */
export function makeWay(provider: object, instrumentations: readonly Instrumentation[]): void {
  const listening = new Map<string, Instrumentation>()
  for (const instrumentation of instrumentations) {
    // Those of ours take their tracers now, so that whoever asks later is somebody else.
    instrumentation.setTracerProvider(provider)
    if (modulesOf(instrumentation).length === 0) listening.set(instrumentation.instrumentationName, instrumentation)
  }
  const asked = provider as Provider
  const getTracer = asked.getTracer
  asked.getTracer = function getTracerOnce(name, ...others) {
    listening.get(name)?.disable()
    listening.delete(name)
    return getTracer.call(this, name, ...others)
  }
}
