import { JsonScanner } from './json-scanner.ts'

/*
 * A recording may hold anything, and a few hundred packed bytes may hold what fills the memory when it's unpacked. What
 * is beyond these limits is reported with its place, and the rest is read.
 */

/** A longer span, resource or scope isn't read. In bytes or UTF-16 code units. */
export const MAX_SPAN = 16 * 1024 * 1024

/** One of more values isn't read: each takes dozens of bytes, although its text may have two. */
export const MAX_VALUES = 1_000_000

export const TOO_MUCH = `holds more than ${MAX_VALUES.toLocaleString('en-US')} values`

/** Whether JSON has more objects, lists, members and other values than are read. */
export function holdsTooMuch(text: string): boolean {
  if (text.length <= 2 * MAX_VALUES) return false
  const scanner = new JsonScanner()
  scanner.feed(text)
  let values = 0
  for (let event = scanner.next(); event !== undefined; event = scanner.next()) {
    if (event === 'open' || event === 'key' || event === 'scalar') values += 1
    if (values > MAX_VALUES) return true
  }
  return false
}
