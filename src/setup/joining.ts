import type { TextMapPropagator } from '@opentelemetry/api'
import { guarded } from '../runtime/health/fault.ts'
import { globalApi, onceLogging, onceProxied } from '../runtime/health/global-api.ts'
import type { Processor } from '../runtime/span/live-span.ts'
import { AttributionLogRecordProcessor } from '../runtime/judging/attribution-log-record-processor.ts'
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

/**
 * Has the logger provider of this process put ids on its records before any of its processors sees them. Both lines of
 * the SDK hold their processors in this field.
 */
export function joinLogging(): void {
  onceLogging((provider) => guarded('pipeline', 'log records get no ids', () => putIdsOnRecords(provider), undefined))
}

function putIdsOnRecords(provider: object): void {
  const active = property(property(provider, '_sharedState'), 'activeProcessor') as LogSink | undefined
  const present = property(active, 'processors')
  const isComposed = Array.isArray(present) && present.some(isOurs)
  if (typeof active?.onEmit !== 'function' || isComposed || joined.has(active)) return
  joined.add(active)
  const ours = new AttributionLogRecordProcessor()
  const onEmit = active.onEmit
  active.onEmit = function (record, ctx) {
    ours.onEmit(record, ctx)
    return onEmit.call(this, record, ctx)
  }
}

function isOurs(processor: Partial<LogSink>): boolean {
  return processor.onEmit === AttributionLogRecordProcessor.prototype.onEmit
}

const joined = new WeakSet<object>()

type LogSink = Pick<AttributionLogRecordProcessor, 'onEmit'>

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
