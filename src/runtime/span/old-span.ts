import type { SpanShape } from '../../model/span.ts'
import { notice } from '../health/notice.ts'

/** A span as the line 1.x of the SDK makes it. */
interface OldSpan {
  readonly instrumentationLibrary?: SpanShape['instrumentationScope']
  readonly instrumentationScope?: unknown
  readonly parentSpanId?: string
}

/** A span of the line 1.x in the shape of today; undefined where it has that already. */
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
 * The same span, or what an exporter of today can read where it is data of the line 1.x, as Temporal hands it over. What
 * an SDK of that line made itself goes to exporters of that line, and stays as it is.
 */
export function dataOfToday(span: SpanShape): SpanShape {
  return typeof (span as { readonly setAttribute?: unknown }).setAttribute === 'function'
    ? span
    : (oldShape(span) ?? span)
}

/** Whether an SDK of the line 1.x has started this span, which is said once: what it makes is left as it is. */
export function isOfOldSdk(span: SpanShape): boolean {
  const { instrumentationLibrary, instrumentationScope } = span as OldSpan
  if (instrumentationScope !== undefined || instrumentationLibrary === undefined) return false
  notice(
    'error',
    'no span is attributed: the OpenTelemetry SDK of this process is of the line 1.x; ' +
      'take 2.x (sdk-node 0.200, sdk-trace-base 2.0) or later',
  )
  return true
}
