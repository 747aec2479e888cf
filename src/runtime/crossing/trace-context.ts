import { createTraceState, isSpanContextValid } from '@opentelemetry/api'
import type { SpanContext } from '@opentelemetry/api'

const TRACEPARENT = 'traceparent'
const TRACESTATE = 'tracestate'

/** A span's context as the headers of W3C trace context. Empty if it isn't valid. */
export function traceContextOf(spanContext: SpanContext): Record<string, string> {
  if (!isSpanContextValid(spanContext)) return {}
  const { traceId, spanId, traceFlags, traceState } = spanContext
  const flags = (traceFlags & 0xff).toString(16).padStart(2, '0')
  const state = traceState?.serialize() ?? ''
  return { [TRACEPARENT]: `00-${traceId}-${spanId}-${flags}`, ...(state === '' ? {} : { [TRACESTATE]: state }) }
}

const TRACEPARENT_FORM =
  /^(?!ff)[\da-f]{2}-(?<traceId>[\da-f]{32})-(?<spanId>[\da-f]{16})-(?<flags>[\da-f]{2})(?:-.*)?$/u
const MAX_TRACESTATE = 512

/** The context that such headers give. Undefined if they can't be read. */
export function spanContextFrom(traceparent: unknown, tracestate: unknown): SpanContext | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > 128) return undefined
  const parts = TRACEPARENT_FORM.exec(traceparent.trim())?.groups
  if (parts === undefined) return undefined
  const spanContext: SpanContext = {
    traceId: parts['traceId'] as string,
    spanId: parts['spanId'] as string,
    traceFlags: Number.parseInt(parts['flags'] as string, 16),
    isRemote: true,
  }
  if (!isSpanContextValid(spanContext)) return undefined
  if (typeof tracestate !== 'string' || tracestate === '' || tracestate.length > MAX_TRACESTATE) return spanContext
  return { ...spanContext, traceState: createTraceState(tracestate) }
}
