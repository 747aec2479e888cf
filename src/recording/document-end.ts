import { isOpening, isOtherQuote, JsonScanner } from './json-scanner.ts'

/** Finds where a document ends, or that it never was one. */
export class DocumentEnd {
  readonly #scanner = new JsonScanner()
  /** How many brackets it begins with. */
  #brackets = 0
  /** Until something other than brackets has come, it isn't known how strings are quoted. */
  #isBeginning = true

  /** Whether the document is an object as `console.dir` prints it, which uses three kinds of quotes. */
  get isInspected(): boolean {
    return this.#scanner.isInspected
  }

  /**
   * The position after the end of the document in this piece of it, or -1. Words without brackets end with their line.
   */
  find(text: string): number {
    this.#scanner.feed(text)
    const end = this.#findIn(text)
    this.#scanner.release()
    return end
  }

  #findIn(text: string): number {
    if (this.#scanner.isPassing) return this.#pass()
    return this.#isBeginning ? this.#begin(text) : this.#passWords(text, 0)
  }

  #begin(text: string): number {
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (isOpening(code)) this.#brackets += 1
      else if (code === NEWLINE && this.#brackets === 0) return at + 1
      else if (code > SPACE) return this.#passFrom(text, at, code)
    }
    return -1
  }

  /** JSON has no keys without quotes, or with other quotes. */
  #passFrom(text: string, at: number, code: number): number {
    this.#isBeginning = false
    if (this.#brackets === 0) return this.#passWords(text, at)
    this.#scanner.isInspected = isLetter(code) || isOtherQuote(code)
    this.#scanner.feed(text, at)
    return this.#pass(this.#brackets)
  }

  #pass(brackets?: number): number {
    return this.#scanner.pass(brackets) ? this.#scanner.at : -1
  }

  /** Text outside of brackets, up to the first bracket or the end of its line, even inside a string. */
  #passWords(text: string, start: number): number {
    const end = text.indexOf('\n', start) + 1
    this.#scanner.feed(text.slice(start, end === 0 ? text.length : end))
    for (let event = this.#scanner.next(); event !== undefined; event = this.#scanner.next()) {
      if (event === 'close') return start + this.#scanner.at
      if (event !== 'open') continue
      this.#scanner.feed(text, start + this.#scanner.at)
      return this.#pass()
    }
    return end === 0 ? -1 : end
  }
}

/** A letter, a dollar sign or an underscore. */
function isLetter(code: number): boolean {
  const small = code | 0x20
  return (small >= 0x61 && small <= 0x7a) || code === 0x24 || code === 0x5f
}

const [NEWLINE, SPACE] = [0x0a, 0x20]
