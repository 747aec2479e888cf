import unhomoglyph from 'unhomoglyph'
import { INVISIBLE } from '../base/attribute-value.ts'
import { memoize } from '../base/memoize.ts'

/** What a canonical id looks like. */
export interface Appearance {
  /** Whether one word of it mixes alphabets that nobody mixes in one word. */
  readonly isMixed: boolean
  /** Two ids look the same if they have the same one at the same place: in small letters, in capitals, and so on. */
  readonly skeletons: readonly string[]
}

/** Undefined for an id in ASCII: two of those are told apart by whoever reads them with care. */
export const appearanceOf: (canonicalId: string) => Appearance | undefined = (id) =>
  ASCII.test(id) ? undefined : appearanceOfAny(id)

/** Like `appearanceOf`, for any id, to compare it with one that has an appearance. */
export const appearanceOfAny = memoize(seen)

const ASCII = /^[ -~]*$/u

/** The table takes this Cyrillic letter for an `i`; in the well-known Cyrillic "apple" it's an `l`. */
const PALOCHKA = '\u04cf'

function seen(id: string): Appearance {
  const skeletons = [skeletonOf(id), skeletonOf(id.toUpperCase()), skeletonOf(id.replaceAll(PALOCHKA, 'l'))]
  return { isMixed: !ASCII.test(id) && id.split(BETWEEN_WORDS).some(isMixedWord), skeletons }
}

/**
 * Whether two different ids look the same. At least one of them has letters beyond ASCII, because `svc1` and `svcl` are
 * two names that people do give.
 */
export function isLookAlike(a: string, b: string): boolean {
  if (a === b || (ASCII.test(a) && ASCII.test(b))) return false
  const [one, other] = [appearanceOfAny(a).skeletons, appearanceOfAny(b).skeletons]
  return one.some((skeleton, at) => skeleton === other[at])
}

/** The skeleton of UTS 39, section 4. The library has the table; it doesn't decompose. */
function skeletonOf(text: string): string {
  const decomposed = text.normalize('NFD').replaceAll(INVISIBLE, '')
  let skeleton = ''
  for (const character of decomposed) skeleton += prototypeOf(character)
  return skeleton.normalize('NFD')
}

/** The library has one expression of all its characters, which takes a microsecond for each character of a text. */
const prototypeOf = memoize(unhomoglyph)

/** The parts of addresses, paths and names. A name in one script may have a domain in another. */
const BETWEEN_WORDS = /[\s@./\\:;,#|()<>[\]"'?&=+]+/u
const BETWEEN_PARTS = /[-_]+/u

/**
 * Whether letters of one alphabet pass for those of another: within a part of a word, or as a part that looks like
 * ASCII beside others, as a Cyrillic `сео` in `kai-сео`. In `agent-перевод` nothing passes for anything else.
 */
function isMixedWord(word: string): boolean {
  if (isOfOneSort(word)) return false
  return word
    .split(BETWEEN_PARTS)
    .some((part) => !isOfOneSort(part) || (!ASCII.test(part) && ASCII.test(skeletonOf(part))))
}

/**
 * Whether a text is no more than "moderately restrictive" of UTS 39, section 5.2: one script, those of Chinese,
 * Japanese or Korean together, or Latin with one other script in common use that doesn't look like it. Which scripts a
 * character is used in is its Script_Extensions.
 */
function isOfOneSort(text: string): boolean {
  return !RECOMMENDED_SCRIPT.test(text) || TOGETHER.some((allowed) => allowed.test(text))
}

/** The recommended scripts of UAX 31, table 5, except Latin. */
const SCRIPTS =
  'Arabic Armenian Bengali Bopomofo Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul Hebrew Hiragana Kannada Katakana Khmer Lao Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan'.split(
    ' ',
  )

/** The scripts whose letters look like Latin ones. */
const LIKE_LATIN = new Set(['Cyrillic', 'Greek'])

const TOGETHER: readonly RegExp[] = [
  ...['Latin', 'Cyrillic', 'Greek'].map((script) => onlyOf(script)),
  ...SCRIPTS.filter((script) => !LIKE_LATIN.has(script)).map((script) => onlyOf('Latin', script)),
  onlyOf('Latin', 'Han', 'Hiragana', 'Katakana'),
  onlyOf('Latin', 'Han', 'Bopomofo'),
  onlyOf('Latin', 'Han', 'Hangul'),
]

/** A word without any of these is in rare scripts only. */
const RECOMMENDED_SCRIPT = new RegExp(`[${['Latin', ...SCRIPTS].map(extensionOf).join('')}]`, 'u')

function onlyOf(...scripts: readonly string[]): RegExp {
  return new RegExp(`^[${['Common', 'Inherited', ...scripts].map(extensionOf).join('')}]*$`, 'u')
}

function extensionOf(script: string): string {
  return String.raw`\p{scx=${script}}`
}
