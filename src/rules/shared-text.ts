/** Texts that are met again are mostly short; a longer one is worth no look. */
const LONGEST = 64

const PLACES = 2 ** 12

/** How much of a text, and of its end, decides on its place. */
const LOOKED_AT = 6

/**
 * The same text, and mostly the same object for texts that are equal and come close to each other: the ids of parents and
 * traces, names, models. What is held of a recording is then smaller, and equal texts compare without being read. One
 * place keeps one text, the last that came to it, so that nothing grows.
 */
export function sharedText(text: string): string {
  if (text.length > LONGEST) return text
  const place = placeOf(text)
  const known = TEXTS[place]
  if (known === text) return known
  TEXTS[place] = text
  return text
}

const TEXTS: string[] = Array.from({ length: PLACES }, () => '')

function placeOf(text: string): number {
  const { length } = text
  let hash = length
  for (let at = Math.max(0, length - LOOKED_AT); at < length; at++) hash = Math.imul(hash, 31) + text.charCodeAt(at)
  const middle = length > LOOKED_AT ? text.charCodeAt(length >> 1) : 0
  return (Math.imul(hash ^ middle, 0x9e3779b1) >>> 20) % PLACES
}
