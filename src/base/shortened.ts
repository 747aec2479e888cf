import { createHash } from 'node:crypto'

/** The longest text that a facet keeps, in UTF-16 code units. */
export const MAX_TEXT = 1_024
/** The most entries that a list in a facet keeps. */
export const MAX_ENTRIES = 64

const MARK = '…'
const MAX_DIGITS = 32

/**
 * A text no longer than `limit`. A longer text keeps its beginning, then a mark, then the first hex digits of the
 * SHA-256 of the whole text. Two long ids that begin alike stay different, and the same id stays the same wherever it's
 * shortened. A text that was shortened before keeps its digest, so applying two limits gives the same result as the
 * smaller one alone.
 */
export function shortened(text: string, limit = MAX_TEXT): string {
  if (text.length <= limit) return text
  const { head, digits } = layoutOf(limit)
  const mark = markIn(text)
  const digest = mark === undefined ? createHash('sha256').update(text).digest('hex') : text.slice(mark + 1)
  return alone(beginning(text, head) + MARK + digest.slice(0, digits))
}

/**
 * Whether two texts may stand for the same one: they are equal, or a limit shortened one of them, or different limits
 * shortened both. A text exactly as long as a shortened one may have been cut there without a mark, as the
 * OpenTelemetry SDK does.
 */
export function mayBeOne(a: string, b: string): boolean {
  if (a === b) return true
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  if (short.length === long.length) return isCutLike(short, long) || isCutLike(long, short)
  return markIn(short) !== undefined && shortened(long, short.length) === short
}

/**
 * The same text in its own memory. V8 keeps the whole text alive as long as any slice of it is in use, even if the
 * whole is a request body.
 */
export function alone(text: string): string {
  return text.length < LEAST_PART ? text : ` ${text}`.slice(1)
}

/** V8 copies shorter slices itself. */
const LEAST_PART = 13

/** Up to half of a text is its digest, because short texts have to stay distinguishable too. */
function layoutOf(limit: number): { readonly head: number; readonly digits: number } {
  const digits = Math.min(MAX_DIGITS, Math.floor(limit / 2))
  return { head: Math.max(0, limit - digits - MARK.length), digits }
}

/** Half a surrogate pair at the end isn't valid text, so a mark replaces it. */
function beginning(text: string, length: number): string {
  const last = text.charCodeAt(length - 1)
  const isHalf = last >= 0xd800 && last <= 0xdbff
  return isHalf ? text.slice(0, length - 1) + MARK : text.slice(0, length)
}

/** Where the mark is in a text that was shortened to its current length, or undefined if it wasn't shortened. */
function markIn(text: string): number | undefined {
  const { head, digits } = layoutOf(text.length)
  if (text[head] !== MARK || head === 0 || digits === 0) return undefined
  return DIGEST.test(text.slice(head + 1)) ? head : undefined
}

const DIGEST = /^[\da-f]+$/u

function isCutLike(marked: string, other: string): boolean {
  const mark = markIn(marked)
  if (mark === undefined || markIn(other) !== undefined) return false
  return other.startsWith(marked.slice(0, marked[mark - 1] === MARK ? mark - 1 : mark))
}
