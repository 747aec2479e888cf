import { modulesOf } from './app-instrumentations.ts'
import type { Instrumentation } from './instrumentation.ts'

interface Provider {
  getTracer(name: string, ...others: readonly unknown[]): object
}

/**
 * Makes sure that each call is seen only once if another setup starts the same instrumentations after ours, as
 * `@opentelemetry/auto-instrumentations-node/register` does. If they patch a module, the later patch replaces ours
 * anyway. One that listens to channels would listen beside ours. When it asks for its tracer, ours ends.
 */
export function makeWay(provider: object, instrumentations: readonly Instrumentation[]): void {
  const listening = new Map<string, Instrumentation>()
  for (const instrumentation of instrumentations) {
    // Ours take their tracers now, so a later request must come from another one.
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
