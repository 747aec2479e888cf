import { alone } from './shortened.ts'

/** Texts that recur are mostly short, so a longer one isn't worth a lookup. In UTF-16 code units. */
const LONGEST = 64

const PLACES = 2 ** 12

/** How many characters from the end of a text decide its place. */
const LOOKED_AT = 6

/**
 * Caches `answer` for texts that come again soon. It costs a fraction of a map lookup, because a map has to read every
 * new text in full. Each place holds only the latest text that mapped to it, so the cache never grows.
 */
export function memoizeRecent<T>(answer: (text: string) => T): (text: string) => T {
  const texts: string[] = Array.from({ length: PLACES }, () => '')
  const answers: T[] = texts.map(answer)
  return (text) => {
    if (text.length > LONGEST) return answer(text)
    const place = placeOf(text)
    if (texts[place] !== text) {
      texts[place] = text
      answers[place] = answer(text)
    }
    return answers[place] as T
  }
}

/**
 * Returns an equal text, and mostly the same object for equal texts that come close together: parent and trace ids,
 * names, models. A recording then takes less memory, and equal texts compare without being read.
 */
export const intern = memoizeRecent((text) => text)

const owned: string[] = Array.from({ length: PLACES }, () => '')

/** Like `intern`, for a text that may be a slice of a longer one. It doesn't keep the longer text alive. */
export function internCopy(text: string): string {
  if (text.length > LONGEST) return alone(text)
  const place = placeOf(text)
  const known = owned[place]
  return known === text ? known : (owned[place] = alone(text))
}

function placeOf(text: string): number {
  const { length } = text
  let hash = length
  for (let at = Math.max(0, length - LOOKED_AT); at < length; at++) hash = Math.imul(hash, 31) + text.charCodeAt(at)
  const middle = length > LOOKED_AT ? text.charCodeAt(length >> 1) : 0
  return (Math.imul(hash ^ middle, 0x9e3779b1) >>> 20) % PLACES
}
