import { createHash } from 'node:crypto'

/** The longest text that a facet keeps, in UTF-16 code units. */
export const MAX_TEXT = 1_024
/** The most entries that a list of a facet keeps. */
export const MAX_ENTRIES = 64
/** The longest entry of a list. */
export const MAX_ENTRY = 256

const MARK = '…'
const MAX_DIGITS = 32

/**
 * A text no longer than `limit`. What is longer keeps its beginning, a mark, and the first hex digits of the SHA-256 of
 * the whole: two long ids that begin alike stay two, and the same one stays one wherever it is shortened.
 */
export function shortened(text: string, limit = MAX_TEXT): string {
  if (text.length <= limit) return text
  const layout = layoutOf(limit)
  // Half a character at the end is no text.
  const head = isHalf(text.charCodeAt(layout.head - 1)) ? layout.head - 1 : layout.head
  return alone(text.slice(0, head) + MARK + digestOf(text).slice(0, limit - head - MARK.length))
}

/**
 * Whether two different texts may stand for one, because a limit shortened one of them, or both by different limits. A
 * text of the very length of a shortened one may have been cut there without a mark, as the OpenTelemetry SDK cuts.
 */
export function mayBeOne(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  if (long.length === short.length) return isCutLike(short, long) || isCutLike(long, short)
  if (markIn(short) === undefined) return false
  return shortened(long, short.length) === short || isLongerForm(long, short)
}

/**
 * A copy with memory of its own: V8 keeps the whole text alive of which a part is held, be it a request's body of a
 * megabyte.
 */
export function alone(text: string): string {
  return text.length < LEAST_PART ? text : ` ${text}`.slice(1)
}

/** Shorter parts are copied by V8 itself. */
const LEAST_PART = 13

/** Half of a text is its digest, as far as that goes: a short one has to be told apart as well. */
function layoutOf(limit: number): { readonly head: number; readonly digits: number } {
  const digits = Math.min(MAX_DIGITS, Math.floor(limit / 2))
  return { head: Math.max(0, limit - digits - MARK.length), digits }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function isHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** Where the mark stands in a text that was shortened to the length that it has; undefined where it was not. */
function markIn(text: string): number | undefined {
  const { head } = layoutOf(text.length)
  const at = text[head] === MARK ? head : text[head - 1] === MARK ? head - 1 : undefined
  return at !== undefined && at > 0 && DIGEST.test(text.slice(at + 1)) ? at : undefined
}

const DIGEST = /^[\da-f]+$/u

/** Both have one length: one was shortened to it, and the other was cut there without a mark. */
function isCutLike(marked: string, other: string): boolean {
  const mark = markIn(marked)
  return mark !== undefined && markIn(other) === undefined && other.startsWith(marked.slice(0, mark))
}

/** Both are shortened, by two limits. */
function isLongerForm(long: string, short: string): boolean {
  const [inLong, inShort] = [markIn(long), markIn(short)]
  if (inLong === undefined || inShort === undefined || inShort > inLong) return false
  return long.startsWith(short.slice(0, inShort)) && isSameDigest(long.slice(inLong + 1), short.slice(inShort + 1))
}

function isSameDigest(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a)
}
