import type { SpanShape } from '../../model/span.ts'

/** Where a span was read. */
export interface Place {
  readonly file: string
  /** From 1; undefined where the file is no text of a document a line. */
  readonly line: number | undefined
}

/** Remembers where spans were read for as long as they are held. */
export class SpanPlaces {
  readonly #places = new WeakMap<SpanShape, Place>()

  /** Of a span that was noted before the first place stays. */
  note(spans: Iterable<SpanShape>, place: Place): void {
    for (const span of spans) if (!this.#places.has(span)) this.#places.set(span, place)
  }

  of(span: SpanShape): Place | undefined {
    return this.#places.get(span)
  }
}
