import { hasHidden } from '../base/hidden-characters.ts'

/** The scripts in common use (UAX 31, table 5). Letters of others are in text mostly because they look like these. */
const SCRIPTS = [
  'Arabic',
  'Armenian',
  'Bengali',
  'Cyrillic',
  'Devanagari',
  'Ethiopic',
  'Georgian',
  'Greek',
  'Gujarati',
  'Gurmukhi',
  'Hebrew',
  'Kannada',
  'Khmer',
  'Lao',
  'Malayalam',
  'Myanmar',
  'Oriya',
  'Sinhala',
  'Tamil',
  'Telugu',
  'Thaana',
  'Thai',
  'Tibetan',
]
/** Scripts that are written together, and with Latin words in between. */
const TOGETHER = [
  ['Han', 'Hiragana', 'Katakana'],
  ['Han', 'Bopomofo'],
  ['Han', 'Hangul'],
]
/** The letters of living orthographies. The script has many more that look like these. */
const LATIN = String.raw`A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017e\u01a0\u01a1\u01af\u01b0\u01cd-\u01dc\u0218-\u021b\u1e00-\u1eff`

const WORDS_OF_ONE_SCRIPT = [
  wordsOf(LATIN),
  ...SCRIPTS.map((script) => wordsOf(lettersOf(script))),
  ...TOGETHER.map((scripts) => wordsOf(`A-Za-z${scripts.map(lettersOf).join('')}`)),
]

function lettersOf(script: string): string {
  return String.raw`\p{scx=${script}}`
}

/** A letter has at most four marks: more are a pile. */
function wordsOf(letters: string): RegExp {
  return new RegExp(String.raw`^(?:[0-9]|(?=[\p{L}\p{Nd}])[${letters}](?:(?!\p{Me})\p{M}){0,4})+$`, 'u')
}

/** Whether letters, marks and digits are all of one script that people write names in. */
export function isOfOneScript(letters: string): boolean {
  return !hasHidden(letters) && WORDS_OF_ONE_SCRIPT.some((words) => words.test(letters))
}
