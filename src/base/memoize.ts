/**
 * Keeps at most this many answers, and this much text. Beyond that, it forgets all of them, because texts come from
 * outside.
 */
const MOST = 4_096
const MOST_TEXT = 2 ** 19
/** A longer text isn't a facet, and caching it would waste memory. */
const LONGEST = 1_100

/** Computes `answer` once for a text that recurs. */
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

/** Computes `answer` once for an object that can't change, and keeps it as long as the object. */
export function memoizeByObject<K extends object, T>(answer: (object: K) => T): (object: K) => T {
  const known = new WeakMap<K, { readonly answer: T }>()
  return (object) => {
    const before = known.get(object)
    if (before !== undefined) return before.answer
    const found = answer(object)
    known.set(object, { answer: found })
    return found
  }
}
