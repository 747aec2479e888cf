import type { SpanShape } from '../../model/span.ts'

/** Where a span was read. */
export interface Place {
  readonly file: string
  /** Starts at 1. Undefined if the file isn't text with one document per line. */
  readonly line: number | undefined
}

/** Remembers where spans were read, for as long as they are held. */
export class SpanPlaces {
  readonly #places = new WeakMap<SpanShape, Place>()

  /** A span that was noted before keeps its first place. */
  note(spans: Iterable<SpanShape>, place: Place): void {
    for (const span of spans) if (!this.#places.has(span)) this.#places.set(span, place)
  }

  of(span: SpanShape): Place | undefined {
    return this.#places.get(span)
  }
}
