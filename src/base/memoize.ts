/** So many answers are kept, and so much text; beyond that all are forgotten, because texts come from outside. */
const MOST = 4_096
const MOST_TEXT = 2 ** 19
/** A text that is longer is no id or marker, and would take memory for nothing. */
const LONGEST = 256

/** `answer`, worked out once for a text that is met again and again. */
export function memoize<T extends NonNullable<unknown>>(answer: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  let held = 0
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const found = answer(text)
    if (text.length > LONGEST) return found
    if (known.size >= MOST || held >= MOST_TEXT) {
      known.clear()
      held = 0
    }
    known.set(text, found)
    held += text.length + (typeof found === 'string' ? found.length : 0)
    return found
  }
}
