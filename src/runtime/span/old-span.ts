import type { SpanShape } from '../../model/span.ts'
import { notice } from '../health/notice.ts'

/** A span of SDK 1.x. */
interface OldSpan {
  readonly instrumentationLibrary?: SpanShape['instrumentationScope']
  readonly instrumentationScope?: unknown
  readonly parentSpanId?: string
}

/** A span of SDK 1.x in today's shape. Undefined if it already has that. */
export function oldShape(span: SpanShape): SpanShape | undefined {
  const { instrumentationLibrary, instrumentationScope, parentSpanId } = span as OldSpan
  if (instrumentationScope !== undefined || instrumentationLibrary === undefined) return undefined
  const { traceId } = span.spanContext()
  return Object.create(span, {
    instrumentationScope: { value: instrumentationLibrary },
    ...(parentSpanId && { parentSpanContext: { value: { traceId, spanId: parentSpanId } } }),
    spanContext: { value: () => span.spanContext() },
  }) as SpanShape
}

/**
 * The same span, or a form that today's exporters can read if it is plain data from SDK 1.x, as Temporal hands it over.
 * Spans that a 1.x SDK made itself go to 1.x exporters, and stay as they are.
 */
export function dataOfToday(span: SpanShape): SpanShape {
  return typeof (span as { readonly setAttribute?: unknown }).setAttribute === 'function'
    ? span
    : (oldShape(span) ?? span)
}

/** Whether a 1.x SDK has started this span. That is reported once, and its spans are left as they are. */
export function isOfOldSdk(span: SpanShape): boolean {
  const { instrumentationLibrary, instrumentationScope } = span as OldSpan
  if (instrumentationScope !== undefined || instrumentationLibrary === undefined) return false
  notice(
    'error',
    'no span is attributed: the OpenTelemetry SDK of this process is version 1.x; ' +
      'use 2.x (sdk-node 0.200, sdk-trace-base 2.0) or later',
  )
  return true
}
