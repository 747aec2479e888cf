/** What a scanner found. A key is a string before a colon, or in a list. */
export type ScanEvent = 'open' | 'close' | 'key' | 'string' | 'scalar'

/**
 * Follows the brackets and strings of JSON that comes in pieces, cut anywhere, and of `util.inspect` output. It's
 * lenient: whether brackets match and values are valid is for others to check. A value to be taken whole, or not at
 * all, is passed in one loop.
 */
export class JsonScanner {
  /** The piece that is being read, and the position in it after the last event. */
  text = ''
  at = 0
  /** Whether the last bracket is a square one. */
  isList = false
  /** The last key, as written, or the last scalar. */
  word = ''
  /** Whether strings may have any of three kinds of quotes. */
  isInspected = false
  /** Open brackets of the value that is being passed. 0 outside of one. */
  #depth = 0
  /** The character that ends the open string. 0 outside of one. */
  #quote = 0
  #isEscaped = false
  /** The parts so far of a key that the end of a piece cuts. */
  #keyParts: string[] | undefined
  #isValueDue = false

  /** Whether the value that `pass` passes continues. */
  get isPassing(): boolean {
    return this.#depth > 0
  }

  feed(text: string, at = 0): void {
    this.text = text
    this.at = at
  }

  /** Drops the piece, which may be large, but keeps its place in the document. */
  release(): void {
    this.feed('')
  }

  /** The next event of this piece, or undefined at its end. A scalar that the end of the piece cuts is ignored. */
  next(): ScanEvent | undefined {
    while (this.at < this.text.length) {
      const event = this.#quote === 0 ? this.#step(this.text.charCodeAt(this.at)) : this.#passString()
      if (event !== undefined) return event
    }
    return undefined
  }

  /**
   * Passes the value that `brackets` brackets have opened, or continues with the one that is being passed. Returns
   * whether it ends in this piece.
   */
  pass(brackets = 1): boolean {
    const { text, isInspected } = this
    let depth = this.#depth === 0 ? brackets : this.#depth
    let at = this.#quote === 0 ? this.at : this.#endOfString(this.at)
    while (at < text.length) {
      const code = text.charCodeAt(at++)
      if (code === QUOTE) {
        const end = endOfShort(text, at)
        at = end === -1 ? this.#endOfLong(QUOTE, at) : end
      } else if ((code | BRACE_BIT) === OPEN_BRACE) depth += 1
      else if ((code | BRACE_BIT) === CLOSE_BRACE) {
        if (--depth === 0) break
      } else if (isInspected && isOtherQuote(code)) at = this.#endOfLong(code, at)
    }
    this.#depth = depth
    this.at = at
    return depth === 0
  }

  /** Continues elsewhere in this piece, after a value. */
  jump(at: number): void {
    this.at = at
    this.#isValueDue = false
  }

  #step(code: number): ScanEvent | undefined {
    switch (code) {
      case OPEN_BRACE:
      case OPEN_BRACKET:
        return this.#bracket('open', code === OPEN_BRACKET)
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        return this.#bracket('close', code === CLOSE_BRACKET)
      case QUOTE:
        this.#quote = QUOTE
        this.#keyParts = this.#isValueDue ? undefined : []
        break
      case COLON:
        this.#isValueDue = true
        break
      case COMMA:
        this.#isValueDue = false
        break
      default:
        return this.#passScalar()
    }
    this.at += 1
    return undefined
  }

  #bracket(event: 'open' | 'close', isList: boolean): ScanEvent {
    this.isList = isList
    this.jump(this.at + 1)
    return event
  }

  /** A number, a word or space. */
  #passScalar(): ScanEvent | undefined {
    const { text, at: start } = this
    let at = start + 1
    while (at < text.length && !STRUCTURE.has(text.charCodeAt(at))) at += 1
    this.at = at
    this.word = text.slice(start, at).trim()
    return at < text.length && this.word !== '' ? 'scalar' : undefined
  }

  #passString(): ScanEvent | undefined {
    const start = this.at
    this.at = this.#endOfString(start)
    const isOpen = this.#quote !== 0
    this.#keyParts?.push(this.text.slice(start, isOpen ? this.at : this.at - 1))
    if (isOpen) return undefined
    if (this.#keyParts === undefined) return 'string'
    this.word = this.#keyParts.join('')
    return 'key'
  }

  #endOfLong(quote: number, at: number): number {
    this.#quote = quote
    return this.#endOfString(at)
  }

  /**
   * The position after the closing quote of the string that is open there, or the end of the piece if the string
   * continues.
   */
  #endOfString(at: number): number {
    const { text } = this
    const sign = String.fromCharCode(this.#quote)
    const start = this.#isEscaped ? at + 1 : at
    this.#isEscaped = false
    for (let quote = text.indexOf(sign, start); quote !== -1; quote = text.indexOf(sign, quote + 1)) {
      if (backslashesBefore(text, quote, start) % 2 === 0) {
        this.#quote = 0
        return quote + 1
      }
    }
    this.#isEscaped = backslashesBefore(text, text.length, start) % 2 === 1
    return text.length
  }
}

/**
 * The position after the closing quote of a short, plain string, otherwise -1. Most strings are, and this loop takes
 * less time than a search.
 */
function endOfShort(text: string, start: number): number {
  const limit = Math.min(start + SHORT, text.length)
  for (let at = start; at < limit; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code === BACKSLASH) return -1
  }
  return -1
}

const SHORT = 48

function backslashesBefore(text: string, at: number, start: number): number {
  let first = at
  while (first > start && text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return at - first
}

/** Whether `util.inspect` may quote strings with it, but JSON never does. */
export function isOtherQuote(code: number): boolean {
  return code === APOSTROPHE || code === BACKTICK
}

export function isOpening(code: number): boolean {
  return code === OPEN_BRACE || code === OPEN_BRACKET
}

const [QUOTE, APOSTROPHE, BACKTICK, BACKSLASH, COLON, COMMA] = [0x22, 0x27, 0x60, 0x5c, 0x3a, 0x2c]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]
/** The bit that is set in a brace but not in a bracket. */
const BRACE_BIT = OPEN_BRACE ^ OPEN_BRACKET
const STRUCTURE: ReadonlySet<number> = new Set([
  QUOTE,
  COLON,
  COMMA,
  OPEN_BRACE,
  CLOSE_BRACE,
  OPEN_BRACKET,
  CLOSE_BRACKET,
])
