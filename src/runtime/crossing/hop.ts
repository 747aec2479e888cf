import { context, propagation, trace } from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import { currentAttribution, runBound } from '../binding/binding.ts'
import { guarded } from '../health/fault.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import { decoded, entriesIn, isOurName } from './own-entries.ts'
import { spanContextFrom, traceContextOf } from './trace-context.ts'
import { fromWire, toWire } from './wire-facets.ts'

/** Entries of a message that has no headers, by the names that W3C headers have. */
export type HopEntries = Readonly<Record<string, unknown>>

/**
 * What a call takes along to a receiver that the app vouches for, where the message has no HTTP headers: the `_meta` of
 * MCP, for example (SEP-414). `traceparent`, `tracestate` and `baggage`, each only if there is something to say. Never
 * a credential, an execution context or a decision. Never throws.
 */
export function outgoingEntries(ctx: Context = context.active()): Record<string, string> {
  return guarded('carrier', 'what a call takes along could not be made', () => entriesFor(ctx), {})
}

export interface HopOptions {
  /** Whether spans inside continue the caller's trace. Default: true. False where the active span continues it already. */
  readonly traceContext?: boolean
}

/**
 * Runs `fn` as the continuation of the caller that sent `entries`. The facets are claims. Whatever can't be read is
 * left out. Never throws, except what `fn` throws.
 */
export function runIncoming<T>(entries: HopEntries, fn: () => T, { traceContext = true }: HopOptions = {}): T {
  const read = (name: string): unknown => (Object.hasOwn(entries, name) ? entries[name] : undefined)
  const around = context.active()
  const inside = traceContext
    ? guarded('carrier', 'the trace context of a call cannot be read', () => continued(around, read), around)
    : around
  const brought = guarded('carrier', 'what a call took along cannot be read', () => broughtBy(read(BAGGAGE)), {})
  const namesPrincipal = brought.carried?.attribution.principal !== undefined
  return context.with(inside, () => runBound((outer) => ({ ...outer, ...brought }), fn, { namesPrincipal }))
}

const BAGGAGE = 'baggage'

function entriesFor(ctx: Context): Record<string, string> {
  const span = trace.getSpan(ctx)
  const baggage = [...othersIn(ctx), ...toWire(currentAttribution() ?? {}).flat()]
  return {
    ...(span === undefined ? {} : traceContextOf(span.spanContext())),
    ...(baggage.length === 0 ? {} : { [BAGGAGE]: baggage.map(written).join(',') }),
  }
}

type Entry = readonly [name: string, value: string]

/** What came in is never passed on under our names. */
function othersIn(ctx: Context): readonly Entry[] {
  const all = propagation.getBaggage(ctx)?.getAllEntries() ?? []
  return all.filter(([name]) => !isOurName(name)).map(([name, { value }]) => [name, value])
}

function written([name, value]: Entry): string {
  return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
}

function continued(ctx: Context, read: (name: string) => unknown): Context {
  const spanContext = spanContextFrom(read('traceparent'), read('tracestate'))
  return spanContext === undefined ? ctx : trace.setSpanContext(ctx, spanContext)
}

function broughtBy(baggage: unknown): Pick<LiveBinding, 'carried'> {
  const entries = new Map(entriesIn(baggage).map(nameAndValue))
  const attribution = fromWire((name) => entries.get(name))
  return Object.keys(attribution).length === 0 ? {} : { carried: { attribution, assurance: 'claimed' } }
}

/** An entry may have properties after a semicolon (W3C baggage). */
function nameAndValue(entry: string): Entry {
  const [pair = ''] = entry.split(';', 1)
  const at = pair.indexOf('=')
  return at === -1 ? [pair, ''] : [decoded(pair.slice(0, at).trim()), decoded(pair.slice(at + 1).trim())]
}
