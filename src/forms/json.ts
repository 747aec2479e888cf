import { noteRepeated } from '../model/other-records.ts'

/** Takes the place of a key that an object has twice, for example `resourceSpans[0].resource`. */
export type Twice = (place: string) => void

/**
 * Like `JSON.parse`, but keeps what an object says twice, where `JSON.parse` silently takes the last: lists become one
 * list, objects one object, and an earlier value of anything else is noted as a repeated attribute.
 */
export function parseJson(text: string, twice: Twice): unknown {
  const value = JSON.parse(text) as unknown
  if (!mayRepeatKey(text)) return value
  try {
    return new RepeatingParser(text, twice).value(0, '')
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    twice('a key of an object that is nested too deep')
    return value
  }
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]

/** An object with more keys is looked up by a set. */
const FEW = 24

/**
 * Whether an object in valid JSON may have a key twice. It's one pass over the text, because most have none. Two keys
 * with one hash count, and so does a key that is written with an escape.
 */
function mayRepeatKey(text: string): boolean {
  /** The hashes of the keys of all open objects, and where those of each begin. */
  const hashes: number[] = []
  const starts: number[] = []
  const sets: (Set<number> | undefined)[] = []
  let isKeyDue = false
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        if (!isKeyDue) {
          at = endOfString(text, at + 1)
          break
        }
        let hash = 0
        let code = text.charCodeAt(++at)
        for (; code !== QUOTE; code = text.charCodeAt(++at)) {
          if (code === BACKSLASH) return true
          hash = (Math.imul(hash, 31) + code) | 0
        }
        isKeyDue = false
        const start = starts.at(-1) as number
        if (hashes.length - start < FEW) {
          for (let known = start; known < hashes.length; known++) if (hashes[known] === hash) return true
          hashes.push(hash)
          break
        }
        const set = (sets[starts.length - 1] ??= new Set(hashes.slice(start)))
        if (set.has(hash)) return true
        set.add(hash)
        break
      }
      case OPEN_BRACE:
        starts.push(hashes.length)
        sets.push(undefined)
        isKeyDue = true
        break
      case OPEN_BRACKET:
        starts.push(LIST)
        sets.push(undefined)
        isKeyDue = false
        break
      case CLOSE_BRACE:
        hashes.length = starts.at(-1) as number
        starts.pop()
        sets.pop()
        isKeyDue = false
        break
      case CLOSE_BRACKET:
        starts.pop()
        sets.pop()
        break
      case COMMA:
        isKeyDue = starts.at(-1) !== LIST
        break
    }
  }
  return false
}

const LIST = -1

/** The position of the closing quote of the string whose text begins there. Most are short and plain. */
function endOfString(text: string, start: number): number {
  const limit = Math.min(start + SHORT, text.length)
  for (let at = start; at < limit; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at
    if (code === BACKSLASH) break
  }
  let end = text.indexOf('"', start)
  while (isEscaped(text, end, start)) end = text.indexOf('"', end + 1)
  return end
}

const SHORT = 48

function isEscaped(text: string, at: number, start: number): boolean {
  let first = at
  while (first > start && text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return (at - first) % 2 === 1
}

type Json = Record<string, unknown>

/** Reads valid JSON. Slower than `JSON.parse`, and only for text that may have a key twice. */
class RepeatingParser {
  readonly #text: string
  readonly #twice: Twice
  #at = 0

  constructor(text: string, twice: Twice) {
    this.#text = text
    this.#twice = twice
  }

  value(start: number, place: string): unknown {
    this.#at = start
    this.#skipSpace()
    const code = this.#text.charCodeAt(this.#at)
    if (code === OPEN_BRACE) return this.#object(place)
    if (code === OPEN_BRACKET) return this.#list(place)
    return this.#scalar(code)
  }

  #object(place: string): Json {
    const object: Json = {}
    while (this.#goesOn(CLOSE_BRACE)) {
      const key = this.#scalar(QUOTE) as string
      this.#skipSpace()
      const inside = place === '' ? key : `${place}.${key}`
      // After the colon.
      const value = this.value(this.#at + 1, inside)
      const isTwice = Object.hasOwn(object, key)
      if (isTwice) this.#twice(inside)
      const all = isTwice ? both(object, key, object[key], value) : value
      Object.defineProperty(object, key, { value: all, enumerable: true, configurable: true, writable: true })
    }
    return object
  }

  #list(place: string): unknown[] {
    const list: unknown[] = []
    while (this.#goesOn(CLOSE_BRACKET)) list.push(this.value(this.#at, `${place}[${list.length}]`))
    return list
  }

  /** Passes the opening bracket or a comma, or the closing one. Returns whether another entry begins. */
  #goesOn(close: number): boolean {
    this.#skipSpace()
    const isEmpty = this.#text.charCodeAt(this.#at) === close
    this.#at += 1
    if (isEmpty) return false
    this.#skipSpace()
    if (this.#text.charCodeAt(this.#at) !== close) return true
    this.#at += 1
    return false
  }

  #scalar(code: number): unknown {
    const start = this.#at
    if (code === QUOTE) this.#at = endOfString(this.#text, start + 1) + 1
    else while (this.#at < this.#text.length && !ENDS.has(this.#text.charCodeAt(this.#at))) this.#at += 1
    return JSON.parse(this.#text.slice(start, this.#at)) as unknown
  }

  #skipSpace(): void {
    while (SPACE.has(this.#text.charCodeAt(this.#at))) this.#at += 1
  }
}

const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])
const ENDS: ReadonlySet<number> = new Set([...SPACE, COMMA, COLON, CLOSE_BRACE, CLOSE_BRACKET])

/** Both values of one key of `owner`. */
function both(owner: Json, key: string, before: unknown, value: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(value)) {
    for (const entry of value as readonly unknown[]) before.push(entry)
    return before
  }
  if (isObject(before) && isObject(value)) {
    for (const name of Object.keys(value)) {
      const member = Object.hasOwn(before, name) ? both(before, name, before[name], value[name]) : value[name]
      Object.defineProperty(before, name, { value: member, enumerable: true, configurable: true, writable: true })
    }
    return before
  }
  noteRepeated(owner, key, before)
  return value
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
