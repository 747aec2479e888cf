/**
 * The minimal span shape. A live OpenTelemetry SDK span (2.x and 3.x) satisfies it structurally, and so does a span
 * read from OTLP JSON, so one judge handles both. Numbers follow `@opentelemetry/api`, not OTLP.
 */
export interface SpanShape {
  readonly name: string
  readonly kind: number
  spanContext(): { readonly traceId: string; readonly spanId: string }
  readonly parentSpanContext?:
    { readonly traceId: string; readonly spanId: string; readonly isRemote?: boolean | undefined } | undefined
  /** Seconds and nanoseconds since the Unix epoch. */
  readonly startTime: readonly [number, number]
  /** Zeros, or left out, if the span hasn't ended or nothing says when. */
  readonly endTime?: readonly [number, number] | undefined
  readonly status: { readonly code: number }
  readonly attributes: Attributes
  readonly resource: { readonly attributes: Attributes }
  readonly instrumentationScope: { readonly name: string; readonly version?: string | undefined }
}

/** In place of a parent's id that is there and can't be read. No span has it. */
export const UNREADABLE_PARENT = '[unreadable]'

/** Values come from outside: don't assume anything about them. */
export type Attributes = Readonly<Record<string, unknown>>

/** When a span started, in milliseconds since the Unix epoch, with fractions. */
export function startMillis({ startTime: [seconds, nanoseconds] }: SpanShape): number {
  return seconds * 1_000 + nanoseconds / 1_000_000
}

/** When a span ended, in milliseconds since the Unix epoch. Undefined if it isn't known. */
export function endMillis({ endTime }: SpanShape): number | undefined {
  if (endTime === undefined || (endTime[0] === 0 && endTime[1] === 0)) return undefined
  return endTime[0] * 1_000 + endTime[1] / 1_000_000
}

/** Whether it was recorded before it ended. A form without ends leaves `endTime` out. */
export function isOpen({ endTime }: SpanShape): boolean {
  return endTime !== undefined && endTime[0] === 0 && endTime[1] === 0
}

/** `SpanKind` of `@opentelemetry/api`. */
export const SPAN_KIND = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 } as const

/** `SpanStatusCode` of `@opentelemetry/api`. */
export const STATUS = { unset: 0, ok: 1, error: 2 } as const

/** In place of a status that is there and can't be read. */
export const UNREADABLE_STATUS = -1
