import type { SpanShape } from '../model/span.ts'

/** Receives what is read of a document. */
export interface DocumentSink {
  /** `isForeign`: what can't be read has nothing to do with traces. */
  readonly report: (line: number, reason: string, isForeign?: boolean) => void
  readonly collect: (spans: readonly SpanShape[]) => void
}
