import type { TextMapPropagator } from '@opentelemetry/api'
import { globalApi, onceProxied } from '../runtime/health/global-api.ts'
import type { Processor } from '../runtime/span/live-span.ts'
import { Pipeline } from '../runtime/judging/pipeline.ts'
import { AttributionPropagator } from '../runtime/crossing/propagator.ts'

/** Makes one processor of those that a provider has. */
export type Compose = (present: readonly Processor[]) => Pipeline

/**
 * Puts our pipeline in the place of the processors of a provider that somebody else has made. The SDK lets nobody add
 * one, so this goes to the field in which both lines keep their list; its tracers share it. Returns whether it stands.
 */
export function joinProvider(provider: object, compose: Compose): boolean {
  const holder = property(provider, '_activeSpanProcessor')
  const present = property(holder, '_spanProcessors')
  if (!Array.isArray(present)) return false
  if (present.some((processor) => processor instanceof Pipeline)) return true
  const joined = [compose(present as readonly Processor[])]
  return Reflect.set(holder as object, '_spanProcessors', joined) && property(holder, '_spanProcessors') === joined
}

/** Puts our propagator around the one that is registered, where that one carries anything. */
export function coverPropagator(hosts: readonly string[] | undefined): void {
  const api = globalApi()
  const present = api.propagation as TextMapPropagator | undefined
  if (present === undefined || present instanceof AttributionPropagator) return
  api.propagation = new AttributionPropagator(present, hosts)
}

/** Calls `join` once a tracer provider is registered: at that very moment, so that no span of the app comes before. */
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
