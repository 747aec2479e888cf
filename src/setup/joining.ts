import type { TextMapPropagator } from '@opentelemetry/api'
import { globalApi, onceProxied } from '../runtime/health/global-api.ts'
import type { Processor } from '../runtime/span/live-span.ts'
import { Pipeline } from '../runtime/judging/pipeline.ts'
import { AttributionPropagator } from '../runtime/crossing/propagator.ts'

/** Combines a provider's processors into one. */
export type Compose = (present: readonly Processor[]) => Pipeline

/**
 * Replaces the processors of a provider that other code made with our pipeline. The SDK has no API to add one, so this
 * sets the field in which 2.x and 3.x keep their list, which the tracers share. Returns whether it worked.
 */
export function joinProvider(provider: object, compose: Compose): boolean {
  const holder = property(provider, '_activeSpanProcessor')
  const present = property(holder, '_spanProcessors')
  if (!Array.isArray(present)) return false
  if (present.some((processor) => processor instanceof Pipeline)) return true
  const joined = [compose(present as readonly Processor[])]
  return Reflect.set(holder as object, '_spanProcessors', joined) && property(holder, '_spanProcessors') === joined
}

/** Wraps the registered propagator with ours, if it carries anything. */
export function coverPropagator(hosts: readonly string[] | undefined): void {
  const api = globalApi()
  const present = api.propagation as TextMapPropagator | undefined
  if (present === undefined || present instanceof AttributionPropagator) return
  api.propagation = new AttributionPropagator(present, hosts)
}

/** Calls `join` as soon as a tracer provider is registered, so that no span of the app comes earlier. */
export function onceProvided(join: (provider: object) => void): void {
  onceProxied((proxy) => {
    const original = proxy.setDelegate
    proxy.setDelegate = (delegate) => {
      proxy.setDelegate = original
      original.call(proxy, delegate)
      join(delegate)
    }
  })
}

function property(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined
}
