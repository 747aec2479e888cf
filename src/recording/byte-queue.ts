/**
 * Incoming bytes that can be looked at before they're taken. Each incoming piece only has to stay valid until the next
 * one is requested, and the same goes for what is returned here.
 */
export class ByteQueue {
  /** How many bytes were taken so far. */
  position = 0
  /** Bytes that came in but weren't taken. */
  rest: Buffer = Buffer.alloc(0)
  /** Whether nothing more comes after `rest`. */
  isDone = false
  readonly #source: AsyncIterator<Buffer>

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Waits until `rest` has at least `length` bytes, or all that are left. */
  async fill(length: number): Promise<void> {
    if (this.rest.length >= length || this.isDone) return
    const pieces: Buffer[] = [Buffer.from(this.rest)]
    for (let held = this.rest.length; held < length && !this.isDone;) {
      const { value, done } = await this.#source.next()
      if (done === true) this.isDone = true
      else {
        held += value.length
        pieces.push(held < length ? Buffer.from(value) : value)
      }
    }
    this.rest = Buffer.concat(pieces)
  }

  /** Takes bytes that are already in `rest`. */
  take(length: number): Buffer {
    const taken = this.rest.subarray(0, length)
    this.rest = this.rest.subarray(length)
    this.position += taken.length
    return taken
  }

  /** Takes `length` bytes, or all that are left, as they come in. */
  async *pieces(length = Infinity): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      if (this.rest.length === 0) await this.#next()
      if (this.rest.length === 0) return
      const piece = this.take(Math.min(left, this.rest.length))
      left -= piece.length
      yield piece
    }
  }

  /** Takes `length` bytes and drops them. Returns whether there were that many. */
  async skip(length: number): Promise<boolean> {
    const end = this.position + length
    for await (const _ of this.pieces(length));
    return this.position === end
  }

  async close(): Promise<void> {
    await this.#source.return?.()
  }

  async #next(): Promise<void> {
    while (this.rest.length === 0 && !this.isDone) {
      const { value, done } = await this.#source.next()
      if (done === true) this.isDone = true
      else this.rest = value
    }
  }
}
