import { context, propagation, trace } from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import { CARRIER } from '../../model/names.ts'
import { currentAttribution, currentBinding, runBound } from '../binding/binding.ts'
import { fault, guarded } from '../health/fault.ts'
import { inContext } from '../health/in-context.ts'
import { decoded, isOurEntry } from './own-entries.ts'
import { withArrived } from './arrived.ts'
import {
  audienceAt,
  broughtBy as broughtBySigned,
  CALL_LIFETIME,
  isForCarrier,
  isSigning,
  signedFor,
} from './signed-carrier.ts'
import type { Brought } from './signed-carrier.ts'
import { spanContextFrom, traceContextOf } from './trace-context.ts'
import { fromWire, toWire } from '../../trust/carriers/wire-facets.ts'

/** Entries of a message that has no headers, by the names that W3C headers have. */
export type HopEntries = Readonly<Record<string, unknown>>

/**
 * What a call takes along to a receiver that the app vouches for, where the message has no HTTP headers: the `_meta` of
 * MCP, for example (SEP-414). `traceparent`, `tracestate` and `baggage`, each only if there is something to say. Never
 * a credential, an execution context or a decision. `host`: where the receiver is, if it's known. Never throws.
 */
export function outgoingEntries(ctx: Context = context.active(), host?: string): Record<string, string> {
  return guarded('carrier', 'what a call takes along could not be made', () => entriesFor(ctx, host), {})
}

export interface HopOptions {
  /** Whether spans inside continue the caller's trace. Default: true. False where the active span continues it already. */
  readonly traceContext?: boolean
}

/**
 * Runs `fn` as the continuation of the caller that sent `entries`. The facets are claims, unless a signer that the
 * policy admits signed them. Whatever can't be read is left out. Never throws, except what `fn` throws.
 */
export function runIncoming<T>(entries: HopEntries, fn: () => T, { traceContext = true }: HopOptions = {}): T {
  const read = (name: string): unknown => (Object.hasOwn(entries, name) ? entries[name] : undefined)
  const around = context.active()
  const inside = traceContext
    ? guarded('carrier', 'the trace context of a call cannot be read', () => continued(around, read), around)
    : around
  return inContext(inside, 'carrier', () => {
    const brought = guarded(
      'carrier',
      'what a call took along cannot be read',
      () => broughtBy(read(BAGGAGE), around),
      {},
    )
    const namesPrincipal = brought.carried?.attribution.principal !== undefined
    return runBound((outer) => withArrived(outer, brought), fn, { namesPrincipal })
  })
}

const BAGGAGE = 'baggage'

function entriesFor(ctx: Context, host: string | undefined): Record<string, string> {
  const span = trace.getSpan(ctx)
  const baggage = [...othersIn(ctx), ...(isSigning() ? signedIn(ctx, host) : toWire(currentAttribution() ?? {}).flat())]
  return {
    ...(span === undefined ? {} : traceContextOf(span.spanContext())),
    ...(baggage.length === 0 ? {} : { [BAGGAGE]: baggage.map(written).join(',') }),
  }
}

/** A message has no limit of its own, but it may go on in headers. */
const MAX_SIGNED = 4_000

function signedIn(ctx: Context, host: string | undefined): readonly Entry[] {
  const binding = currentBinding()
  const traceId = trace.getSpanContext(ctx)?.traceId
  if (binding === undefined || currentAttribution() === undefined) return []
  if (traceId === undefined) {
    fault('carrier', 'a signed carrier belongs to a trace, and no span is active')
    return []
  }
  const signed = signedFor(ctx, binding, {
    where: 'carrier',
    trace: traceId,
    audience: host === undefined ? undefined : audienceAt([host]),
    resumable: false,
    lifetime: CALL_LIFETIME,
    most: MAX_SIGNED,
  })
  return signed === undefined ? [] : [[CARRIER, signed]]
}

type Entry = readonly [name: string, value: string]

/** What came in is never passed on under our names. The app's own baggage goes only where its propagators send it. */
function othersIn(ctx: Context): readonly Entry[] {
  if (!propagation.fields().includes(BAGGAGE)) return []
  const all = propagation.getBaggage(ctx)?.getAllEntries() ?? []
  return all.filter(([name, { value }]) => !isOurEntry(name, value)).map(([name, { value }]) => [name, value])
}

function written([name, value]: Entry): string {
  return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
}

function continued(ctx: Context, read: (name: string) => unknown): Context {
  const spanContext = spanContextFrom(read('traceparent'), read('tracestate'))
  return spanContext === undefined ? ctx : trace.setSpanContext(ctx, spanContext)
}

/** More than all facets need, in UTF-16 code units and in entries: a stranger may send megabytes of commas. */
const MAX_BAGGAGE = 262_144
const MAX_ENTRIES = 180

function broughtBy(baggage: unknown, around: Context): Brought {
  const isRead = typeof baggage === 'string' && baggage.length <= MAX_BAGGAGE
  const entries = new Map(isRead ? baggage.split(',', MAX_ENTRIES).map(nameAndValue) : [])
  const signed = entries.get(CARRIER)
  if (signed !== undefined && isForCarrier(signed)) {
    const traceId = trace.getSpanContext(context.active())?.traceId
    const heldIn = trace.getSpanContext(around)?.traceId
    return broughtBySigned(signed, { way: 'call', trace: traceId, held: currentBinding(), heldIn, claims: true })
  }
  const attribution = fromWire((name) => entries.get(name))
  return Object.keys(attribution).length === 0 ? {} : { carried: { attribution, assurance: 'claimed' } }
}

/** An entry may have properties after a semicolon (W3C baggage). */
function nameAndValue(entry: string): Entry {
  const [pair = ''] = entry.split(';', 1)
  const at = pair.indexOf('=')
  return at === -1 ? [pair, ''] : [decoded(pair.slice(0, at).trim()), decoded(pair.slice(at + 1).trim())]
}
