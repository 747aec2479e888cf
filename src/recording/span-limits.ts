/*
 * A recording may hold anything, and a few hundred packed bytes may hold what fills the memory when it's unpacked. What
 * is beyond these limits is reported with its place, and the rest is read.
 */

/** A longer span, resource or scope isn't read. In bytes or UTF-16 code units. */
export const MAX_SPAN = 16 * 1024 * 1024

/** One of more values isn't read: each takes dozens of bytes, although its text may have two. */
export const MAX_VALUES = 1_000_000

export const TOO_MUCH = `holds more than ${MAX_VALUES.toLocaleString('en-US')} values`

/** Whether JSON has more objects, lists and members than are read. */
export function holdsTooMuch(text: string): boolean {
  if (text.length <= 2 * MAX_VALUES) return false
  let values = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === COMMA || code === OPEN_BRACE || code === OPEN_BRACKET) values += 1
    else if (code === QUOTE) at = endOfString(text, at)
  }
  return values > MAX_VALUES
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at
    if (code === BACKSLASH) at += 1
  }
  return text.length
}

const [QUOTE, BACKSLASH, COMMA, OPEN_BRACE, OPEN_BRACKET] = [0x22, 0x5c, 0x2c, 0x7b, 0x5b]
