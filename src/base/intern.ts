import { alone } from './shortened.ts'

/** Texts that are met again are mostly short; a longer one is worth no look. */
const LONGEST = 64

const PLACES = 2 ** 12

/** How much of a text, and of its end, decides on its place. */
const LOOKED_AT = 6

/**
 * `answer`, kept for texts that come again soon: it takes a fraction of what a map does, which has to read a new text as
 * a whole. One place keeps one text, the last that came to it, so that nothing grows.
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
 * The same text, and mostly the same object for texts that are equal and come close to each other: the ids of parents and
 * traces, names, models. What is held of a recording is then smaller, and equal texts compare without being read.
 */
export const intern = memoizeRecent((text) => text)

const owned: string[] = Array.from({ length: PLACES }, () => '')

/** As `sharedText`, of a text that may be a part of a longer one, which nothing here then keeps alive. */
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
