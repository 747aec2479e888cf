/** How much to remember: the number of entries, and their total text in UTF-16 code units. */
export interface MemoryBounds {
  readonly entries: number
  readonly text: number
}

/** A map that forgets its oldest entries once it holds too many, or too much text. */
export class BoundedMemory<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly weight: number }>()
  readonly #bounds: MemoryBounds
  #weight = 0

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value
  }

  /** `text`: how much text the value holds, in UTF-16 code units. */
  put(key: string, value: V, text: number): void {
    this.#forget(key)
    const weight = key.length + text
    this.#entries.set(key, { value, weight })
    this.#weight += weight
    while (this.#entries.size > this.#bounds.entries || this.#weight > this.#bounds.text) {
      const [oldest] = this.#entries.keys()
      if (oldest === undefined) return
      this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0
    this.#entries.delete(key)
  }
}
