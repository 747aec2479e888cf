import type { AttributeValue, Context, SpanContext } from '@opentelemetry/api'
import type { Attributes, SpanShape } from '../../model/span.ts'

/** The part of an OpenTelemetry SDK span, 2.x or 3.x, that we use. */
export interface LiveSpan extends SpanShape {
  setAttribute(key: string, value: AttributeValue): unknown
  /** Absent on spans from other makers. */
  readonly events?: readonly SpanEvent[]
  readonly links?: readonly object[]
  readonly endTime?: readonly [number, number]
  addLink?(link: { readonly context: SpanContext }): unknown
}

/** An event of an ended span. */
export interface SpanEvent {
  readonly name: string
  readonly time: readonly [number, number]
  readonly attributes?: Attributes
  readonly droppedAttributesCount?: number
}

/** A span processor of either SDK line. */
export interface Processor {
  onStart(span: LiveSpan, parentContext: Context): void
  /** Experimental; SDK 2.0 to 2.2 never call it. */
  onEnding?(span: LiveSpan): void
  onEnd(span: SpanShape): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/** A span exporter of either SDK line. */
export interface Exporter {
  export(spans: SpanShape[], resultCallback: (result: ExportResult) => void): void
  shutdown(): Promise<void>
  forceFlush?(): Promise<void>
}

export interface ExportResult {
  readonly code: number
  readonly error?: Error
}

/** `ExportResultCode` of `@opentelemetry/core`. */
export const EXPORT = { success: 0, failed: 1 } as const
