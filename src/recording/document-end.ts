/** Follows brackets outside of strings to see where a document ends, or that it never was one. */
export class DocumentEnd {
  /** Whether the document is an object as `console.dir` shows it, where three sorts of quotes are in use. */
  isInspected = false
  #depth = 0
  /** The quote that the open string ends with. */
  #quote: number | undefined
  #isEscaped = false
  /** Until something else than brackets has come, it is not known how strings are quoted. */
  #isBeginning = true

  /** The place behind the end of the document in this piece of it, or -1. Words without brackets end with their line. */
  find(text: string): number {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (this.#isBeginning) this.#look(code)
      if (code === NEWLINE && this.#depth <= 0) return index + 1
      if (this.#quote !== undefined) this.#takeInString(code)
      else if (code === QUOTE || (this.isInspected && OTHER_QUOTES.has(code))) this.#quote = code
      else if (code === OPEN_BRACE || code === OPEN_BRACKET) this.#depth += 1
      else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --this.#depth <= 0) return index + 1
    }
    return -1
  }

  /** A key without quotes, or with others, stands in no JSON. */
  #look(code: number): void {
    if (code <= SPACE || code === OPEN_BRACE || code === OPEN_BRACKET) return
    this.#isBeginning = false
    this.isInspected = this.#depth > 0 && (isLetter(code) || OTHER_QUOTES.has(code))
  }

  #takeInString(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (code === BACKSLASH) this.#isEscaped = true
    else if (code === this.#quote) this.#quote = undefined
  }
}

/** A letter, a dollar sign or an underscore. */
function isLetter(code: number): boolean {
  const small = code | 0x20
  return (small >= 0x61 && small <= 0x7a) || code === 0x24 || code === 0x5f
}

const [NEWLINE, SPACE, QUOTE, BACKSLASH] = [0x0a, 0x20, 0x22, 0x5c]
const OTHER_QUOTES: ReadonlySet<number> = new Set([0x27, 0x60])
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]
