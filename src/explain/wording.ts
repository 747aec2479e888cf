import { shownCharacter } from '../base/hidden-characters.ts'
import { isOfOneScript } from './scripts.ts'

/**
 * An id or name in a sentence. It comes from outside, so one that could pass for more than a name is in quotes. Letters
 * of several scripts, and characters that look like others or like nothing, are written as escapes.
 */
export function identity(text: string): string {
  const plain = withoutAccents(text).replace(/\[bot\](?=@|$)/u, '')
  if (/^[\w@.:/+#*%=~\\-]{1,300}$/u.test(plain) && !SENTENCE_WORDS.has(text.toLowerCase())) return text
  const letters = text.replaceAll(/[^\p{L}\p{M}]/gu, '')
  return quoted(text, letters === '' || isOfOneScript(letters))
}

/**
 * Text in a sentence, in quotes under the same condition, or if it could pass for what is said `for` one of the acts.
 * Its words may be of different scripts.
 */
export function phrase(text: string, acts?: ReadonlySet<string>): string {
  const plain = withoutAccents(text)
  const isPlain = /^[\w @.:/+#*%=~'-]{1,300}$/u.test(plain) && !CLAUSE_WORD.test(plain)
  return isPlain && !(acts !== undefined && isForOneOf(plain, acts)) ? text : quoted(text, true)
}

function isForOneOf(text: string, acts: ReadonlySet<string>): boolean {
  return [...text.matchAll(/\b(?:for|and) (?<name>\S+)/giu)].some(({ groups }) => acts.has(groups?.['name'] ?? ''))
}

/** Words that clauses themselves use. */
const CLAUSE_WORD =
  /(?<![A-Za-z])(?:asked|acted|answers|through|under|policy|allowed|denied|declined|escalated|approved|confirmed|required|claimed|inferred|asserted|verified|proven|recorded|succeeded|failed|held|started|expired|nobody)(?![A-Za-z])/iu

/** No name may be a word of the sentence itself. */
const SENTENCE_WORDS: ReadonlySet<string> = new Set(
  'and or not no nobody none who what which why through under to for in it its is was of as with the this that policy asked acted answers started allowed denied escalated approved declined confirmed required claimed inferred asserted verified recorded proven succeeded failed held'.split(
    ' ',
  ),
)

/** Text in composed letters as people type them, with their base letters. Else the text, which is not ASCII then. */
function withoutAccents(text: string): string {
  if (ASCII.test(text) || /\p{M}/u.test(text)) return text
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '')
}

const ASCII = /^[\x20-\x7e]*$/u
const MAX_QUOTED = 300

/** `isReadable`: whether letters beyond ASCII may show, where those of a word are of one script. */
function quoted(text: string, isReadable: boolean): string {
  const cut = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED).replace(/[\uD800-\uDBFF]$/u, '')}…` : text
  if (ASCII.test(cut)) return JSON.stringify(cut)
  const shown = cut.match(PIECES)?.map((piece) => (mayShow(piece, isReadable) ? escapedInJson(piece) : escaped(piece)))
  return `"${shown?.join('') ?? ''}"`
}

/** Emoji, words, and every other character by itself. */
const PIECES = new RegExp(String.raw`\p{RGI_Emoji}|[\p{L}\p{M}\p{Nd}]+(?:\u2019[\p{L}\p{M}]+)*|[\s\S]`, 'gv')
const WORD = /^[\p{L}\p{M}\p{Nd}]/u
const EMOJI = new RegExp(String.raw`^\p{RGI_Emoji}$`, 'v')
/** What people write between words, and what looks like no other character that the sentence uses. */
const MARKS: ReadonlySet<string> = new Set('–—…•·€£¥§°×÷≤≥→«»¿¡。、・「」『』！？（）《》،؟।॥')

function mayShow(piece: string, isReadable: boolean): boolean {
  if (ASCII.test(piece) || MARKS.has(piece)) return true
  return WORD.test(piece) ? isReadable && piece.split('\u2019').every(isOfOneScript) : EMOJI.test(piece)
}

function escapedInJson(piece: string): string {
  return JSON.stringify(piece).slice(1, -1)
}

/** Only what isn't ASCII. */
function escaped(piece: string): string {
  return piece.replaceAll(/[^\x20-\x7e]/gu, shownCharacter)
}

/** `a, b and c`. Names only the first few of many, and how many more there are, so that it stays one sentence. */
export function listed(names: readonly string[], most = MAX_LISTED): string {
  const shown = names.slice(0, most)
  const more = names.length - shown.length
  if (more > 0) return `${shown.join(', ')} and ${more.toLocaleString('en-US')} more`
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

export const MAX_LISTED = 4
/** What was done and through what, and decisions: leaving those out hides more. */
export const MORE_LISTED = 8
