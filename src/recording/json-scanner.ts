/** What a scanner came upon. A key is a string before a colon, or in a list. */
export type ScanEvent = 'open' | 'close' | 'key' | 'string' | 'scalar'

/**
 * Follows the brackets and strings of JSON that comes in pieces, cut anywhere, and of what `util.inspect` prints. It is
 * lenient: whether brackets match and values are good is for others to say. What is to be taken whole, or not at all, it
 * passes in one loop.
 */
export class JsonScanner {
  /** The piece that is being read, and the place in it behind the last event. */
  text = ''
  at = 0
  /** Of the last bracket: whether it is a square one. */
  isList = false
  /** The last key, as it is written, or the last scalar. */
  word = ''
  /** Whether strings may stand in any of three sorts of quotes. */
  isInspected = false
  /** Open brackets of the value that is being passed; 0 outside of one. */
  #depth = 0
  /** What the open string ends with; 0 outside of one. */
  #quote = 0
  #isEscaped = false
  /** What came so far of a key that the end of a piece cuts. */
  #keyParts: string[] | undefined
  #isValueDue = false

  /** Whether the value that `pass` passes goes on. */
  get isPassing(): boolean {
    return this.#depth > 0
  }

  feed(text: string, at = 0): void {
    this.text = text
    this.at = at
  }

  /** Forgets the piece, which may be large: its place in the document is kept. */
  release(): void {
    this.feed('')
  }

  /** The next event of this piece; undefined at its end. A scalar that the end of the piece cuts is let pass. */
  next(): ScanEvent | undefined {
    while (this.at < this.text.length) {
      const event = this.#quote === 0 ? this.#step(this.text.charCodeAt(this.at)) : this.#passString()
      if (event !== undefined) return event
    }
    return undefined
  }

  /**
   * Passes the value that so many brackets have opened, or goes on with the one that is being passed. Returns whether it
   * ends in this piece.
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

  /** Goes on elsewhere in this piece, behind a value. */
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

  /** Where the string ends that is open there, behind its quote; the end of the piece where it goes on. */
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

/** Where a string ends that is short and plain, behind its quote; else -1. Most are, and to look takes less than to search. */
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

/** Whether strings are put in it by `util.inspect`, and never in JSON. */
export function isOtherQuote(code: number): boolean {
  return code === APOSTROPHE || code === BACKTICK
}

export function isOpening(code: number): boolean {
  return code === OPEN_BRACE || code === OPEN_BRACKET
}

const [QUOTE, APOSTROPHE, BACKTICK, BACKSLASH, COLON, COMMA] = [0x22, 0x27, 0x60, 0x5c, 0x3a, 0x2c]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]
/** What a brace has and a bracket lacks. */
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
