import { noteRepeated } from '../model/other-records.ts'

/** Stands for something that was there but wasn't shown, such as `[Object]`. */
export const CUT = Symbol('cut')

export interface Misread {
  /** The position in the text. */
  readonly offset: number
  readonly reason: string
}

export interface Inspected {
  readonly value: unknown
  /** The keys that one object has twice. The last value counts, and the others are noted as repeated attributes. */
  readonly twice: readonly string[]
}

/**
 * Reads the text that `util.inspect`, and therefore `console.dir`, makes of an object. JSON is one form of it, also
 * with Python's `NaN` and `Infinity`. What isn't data (functions, anything nested too deep, the rest of a long list) is
 * `CUT`.
 */
export function readInspected(text: string): Inspected | Misread {
  const reader = new Reader(text)
  try {
    return { value: reader.readAll(), twice: reader.twice }
  } catch (error) {
    if (error instanceof Unexpected) return { offset: error.offset, reason: error.message }
    throw error
  }
}

class Unexpected extends Error {
  readonly offset: number
  constructor(offset: number, reason: string) {
    super(reason)
    this.offset = offset
  }
}

/** The console exporter shows three levels. */
const MAX_DEPTH = 64

class Reader {
  readonly twice: string[] = []
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  readAll(): unknown {
    const value = this.#value(0)
    this.#space()
    if (this.#at < this.#text.length) throw this.#unexpected()
    return value
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new Unexpected(this.#at, 'this is nested too deep')
    this.#space()
    const character = this.#text.charAt(this.#at)
    if (QUOTES.includes(character)) return this.#strings()
    if (character === '{') return this.#object(depth)
    if (character === '[') return this.#listOrTag(depth)
    return this.#bare(depth)
  }

  #object(depth: number): unknown {
    const members = Object.create(null) as Record<string, unknown>
    this.#at += 1
    while (!this.#takes('}')) {
      const key = this.#key()
      this.#expect(':')
      const value = this.#value(depth + 1)
      if (key in members) {
        this.twice.push(key)
        noteRepeated(members, key, members[key])
      }
      members[key] = value
      if (this.#takes(',')) continue
      this.#expect('}')
      break
    }
    return members
  }

  #listOrTag(depth: number): unknown {
    if (this.#taken(TAG) !== undefined) return this.#behindPrefix(depth)
    const entries: unknown[] = []
    this.#at += 1
    while (!this.#takes(']')) {
      entries.push(this.#taken(REST) === undefined ? this.#value(depth + 1) : CUT)
      if (this.#takes(',')) continue
      this.#expect(']')
      break
    }
    return entries
  }

  #key(): string {
    this.#space()
    const isBracketed = this.#text.charAt(this.#at) === '['
    if (isBracketed) this.#at += 1
    const key = QUOTES.includes(this.#text.charAt(this.#at)) ? this.#string() : this.#taken(isBracketed ? INSIDE : NAME)
    if (key === undefined) throw this.#unexpected()
    if (isBracketed) this.#expect(']')
    return key
  }

  /** A text over several lines is several strings joined by plus signs. */
  #strings(): string {
    const parts = [this.#string()]
    while (this.#taken(PLUS) !== undefined) parts.push(this.#string())
    // The part that is shown is already more than any rule reads.
    this.#taken(REST)
    return parts.join('')
  }

  #string(): string {
    const start = this.#at
    const quote = this.#text.charAt(start)
    let end = this.#text.indexOf(quote, start + 1)
    while (end !== -1 && this.#isEscaped(end)) end = this.#text.indexOf(quote, end + 1)
    if (end === -1) throw new Unexpected(start, 'a string does not end')
    this.#at = end + 1
    const text = this.#text.slice(start + 1, end)
    return text.includes('\\') ? text.replaceAll(ESCAPE, unescaped) : copyOf(text)
  }

  #isEscaped(at: number): boolean {
    let first = at
    while (this.#text.charAt(first - 1) === '\\') first -= 1
    return (at - first) % 2 === 1
  }

  /** A word, a number, a time, or the class name of what follows. */
  #bare(depth: number): unknown {
    const time = this.#taken(TIME)
    if (time !== undefined) return time
    const number = this.#taken(NUMBER)
    if (number !== undefined) return numberOf(number)
    const word = this.#taken(WORD)
    if (word !== undefined && WORDS.has(word)) return WORDS.get(word)
    const isPrefix = word !== undefined || this.#taken(ANGLE) !== undefined
    if (!isPrefix || (word !== undefined && !this.#isOpening())) throw this.#unexpected()
    return this.#behindPrefix(depth)
  }

  /**
   * What follows a prefix such as `Foo`, `Array(2)` or `[Object: null prototype]`. If it has no members, it isn't data.
   */
  #behindPrefix(depth: number): unknown {
    if (!this.#isOpening()) return CUT
    const start = this.#at
    try {
      return this.#value(depth + 1)
    } catch (error) {
      if (!(error instanceof Unexpected)) throw error
      this.#at = start
      this.#skip()
      return CUT
    }
  }

  #isOpening(): boolean {
    this.#taken(SIZE)
    this.#space()
    return '{['.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length
  }

  /** Skips everything between brackets. */
  #skip(): void {
    let depth = 0
    do {
      const character = this.#text.charAt(this.#at)
      if (character === '') throw this.#unexpected()
      if (QUOTES.includes(character)) {
        this.#string()
        continue
      }
      if ('{['.includes(character)) depth += 1
      if ('}]'.includes(character)) depth -= 1
      this.#at += 1
    } while (depth > 0)
  }

  #takes(character: string): boolean {
    this.#space()
    if (this.#text.charAt(this.#at) !== character) return false
    this.#at += 1
    return true
  }

  #expect(character: string): void {
    if (!this.#takes(character)) throw this.#unexpected()
  }

  #space(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1
  }

  #taken(pattern: RegExp): string | undefined {
    const start = this.#at
    pattern.lastIndex = start
    if (!pattern.test(this.#text)) return undefined
    this.#at = pattern.lastIndex
    return this.#text.slice(start, this.#at)
  }

  #unexpected(): Unexpected {
    const found = this.#text.slice(this.#at, this.#at + 20)
    return new Unexpected(this.#at, found === '' ? 'it breaks off' : `unexpected ${JSON.stringify(found)}`)
  }
}

const QUOTES: readonly string[] = ["'", '"', '`']

/** Any white space that JSON or `inspect` uses. */
function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

/** A slice keeps the whole text alive, although only a few texts of a span are kept. */
function copyOf(text: string): string {
  return text.length > LONGEST_PIECE && text.length < MAX_COPIED
    ? Buffer.from(text, 'utf16le').toString('utf16le')
    : text
}

/** V8 copies texts up to this length itself. */
const LONGEST_PIECE = 12
/** A longer text is cut by whoever keeps it. */
const MAX_COPIED = 4_097

const NAME = /[\w$]+/y
const INSIDE = /[^\]\n]+/y
const PLUS = /\s*\+\s*(?=['"`])/y
const REST = /\s*\.\.\. \d+ more \w+|<\d+ empty items?>/y
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/y
const NUMBER = /-?(?:Infinity|NaN|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?n?)(?![\w$])/y
const WORD = /[A-Za-z_$][\w$]*/y
const ANGLE = /<[^>\n]*>/y
/** `[Object]`, `[Function: x]`, `[Object: null prototype]`. A list has a space after its bracket. */
const TAG = /\[(?:[A-Z]|class )[^\]\n]*\]/y
const SIZE = /(?:\(\d+\))?(?: <[^>\n]*>| \[[^\]\s][^\]\n]*\](?= [{[]))*/y

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
])

/** A number if it's exact, otherwise the digits of an integer. */
function numberOf(text: string): unknown {
  const digits = text.endsWith('n') ? text.slice(0, -1) : text
  const number = Number(digits)
  return digits === text || Number.isSafeInteger(number) ? number : digits
}

const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|u\{([\da-fA-F]{1,6})\}|([^]))/gu
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['0', '\0'],
])

function unescaped(_match: string, byte?: string, unit?: string, point?: string, character = ''): string {
  const digits = byte ?? unit
  if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16))
  if (point !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(point, 16), MAX_POINT))
  return ESCAPED.get(character) ?? character
}

const MAX_POINT = 0x10ffff
