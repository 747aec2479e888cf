/** How many spans can be found by id. */
const MOST = 4_096
/** How much text they may hold, in UTF-16 code units: what spans say comes from outside. */
const MOST_TEXT = 2 ** 23

interface Identified {
  readonly traceId: string
  readonly spanId: string
}

/** The spans that started last, found by id. A ring, because it is written for every span and rarely read. */
export class RecentSpans<T extends Identified> {
  readonly #spans: (T | undefined)[] = Array.from({ length: MOST }, () => undefined)
  readonly #weights = new Float64Array(MOST)
  #next = 0
  /** The place of the oldest span that is or was there. */
  #oldest = 0
  #weight = 0

  /** Returns its place. */
  add(span: T): number {
    const place = this.#next
    this.#empty(place)
    this.#spans[place] = span
    this.#next = (place + 1) % MOST
    if (this.#oldest === place) this.#oldest = this.#next
    return place
  }

  /** Adds to the amount of text that a span holds. Forgets the oldest spans if it is too much. */
  weigh(place: number, span: T, text: number): void {
    if (text === 0 || this.#spans[place] !== span) return
    this.#weights[place] = (this.#weights[place] as number) + text
    this.#weight += text
    while (this.#weight > MOST_TEXT) {
      this.#empty(this.#oldest)
      this.#oldest = (this.#oldest + 1) % MOST
    }
  }

  find(traceId: string, spanId: string): T | undefined {
    return this.#spans.find((span) => span?.spanId === spanId && span.traceId === traceId)
  }

  #empty(place: number): void {
    this.#weight -= this.#weights[place] as number
    this.#weights[place] = 0
    this.#spans[place] = undefined
  }
}
