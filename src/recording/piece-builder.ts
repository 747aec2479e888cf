import type { JaegerPiece, Piece } from '../forms/document.ts'
import { field } from '../otlp/unreadable.ts'

/**
 * The parts of a document that leave by themselves: requests with the spans of one scope, and parts of Jaeger traces.
 */
export class PieceBuilder {
  #ready: Piece[] = []
  #resource: unknown
  #scope: unknown
  #hasSpans = false
  /** The spans of the last request that is ready, which further spans join. */
  #spans: unknown[] | undefined
  /** The same for a Jaeger trace. */
  #jaegerSpans: unknown[] | undefined

  /** The pieces that are complete now. */
  take(): readonly Piece[] {
    const ready = this.#ready
    this.#ready = []
    this.#spans = undefined
    this.#jaegerSpans = undefined
    return ready
  }

  beginGroup(): void {
    this.beginScope()
    this.#resource = undefined
    this.#hasSpans = false
  }

  beginScope(): void {
    this.setScope(undefined)
  }

  /** Returns whether it comes too late, after spans of its group. */
  setResource(resource: unknown): boolean {
    this.#spans = undefined
    this.#resource = this.#resource === undefined ? resource : withBoth(this.#resource, resource)
    return this.#hasSpans
  }

  setScope(scope: unknown): void {
    this.#spans = undefined
    this.#scope = scope
  }

  /**
   * Spans of one scope that come in one piece of text leave in one request. A span that couldn't be read is undefined.
   */
  addSpan(span: unknown): void {
    this.#hasSpans = true
    if (span === undefined) return
    if (this.#spans === undefined) {
      this.#spans = []
      const scopeSpans = [{ scope: this.#scope, spans: this.#spans }]
      this.addDocument({ resourceSpans: [{ resource: this.#resource, scopeSpans }] })
    }
    this.#spans.push(span)
  }

  addJaegerSpan(span: unknown): void {
    if (this.#jaegerSpans === undefined) {
      this.#jaegerSpans = []
      this.#ready.push({ spans: this.#jaegerSpans })
    }
    this.#jaegerSpans.push(span)
  }

  addJaeger(piece: JaegerPiece): void {
    this.#jaegerSpans = undefined
    this.#ready.push(piece)
  }

  addDocument(document: unknown): void {
    this.#ready.push({ document })
  }
}

/** A resource that is given twice says both. */
function withBoth(resource: unknown, other: unknown): unknown {
  const lists = [resource, other].map((one) => field(one, 'attributes'))
  return lists.every((list) => Array.isArray(list)) ? { attributes: lists.flat() } : other
}
