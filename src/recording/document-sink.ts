import type { SpanShape } from '../model/span.ts'

/** Receives what is read of a document. */
export interface DocumentSink {
  readonly report: (line: number, reason: string) => void
  readonly collect: (spans: readonly SpanShape[]) => void
}
