/**
 * Bytes as they come in, to be looked at before they are taken. Of the pieces that come in each has to be good only until
 * the next one is asked for; so is what is given back here.
 */
export class ByteQueue {
  /** How many bytes were taken so far. */
  position = 0
  /** What came in and was not taken. */
  rest: Buffer = Buffer.alloc(0)
  /** Whether nothing comes anymore behind `rest`. */
  isDone = false
  readonly #source: AsyncIterator<Buffer>

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Waits until `rest` has at least so many bytes, or all that are left. */
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

  /** Takes bytes that `rest` has. */
  take(length: number): Buffer {
    const taken = this.rest.subarray(0, length)
    this.rest = this.rest.subarray(length)
    this.position += taken.length
    return taken
  }

  /** Takes so many bytes, or all that are left, as they come in. */
  async *pieces(length = Infinity): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      if (this.rest.length === 0) await this.#next()
      if (this.rest.length === 0) return
      const piece = this.take(Math.min(left, this.rest.length))
      left -= piece.length
      yield piece
    }
  }

  /** Takes so many bytes and forgets them; gives back whether there were as many. */
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
