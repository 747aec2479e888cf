import { internCopy } from './intern.ts'
import { withoutSecrets } from './secret.ts'
import { MAX_TEXT, shortened } from './shortened.ts'

/** A string, or a number or boolean as a string. A blank string counts as absent. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value !== 'string') return undefined
  const first = value.charCodeAt(0)
  if (first > SPACE && first < DELETE) return value.trim()
  return BLANK.test(value) ? undefined : value.trim()
}

/** Like `textOf`, for a value that is kept: without secrets, no longer than a facet allows, and in its own memory. */
export function factOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text === undefined ? undefined : kept(text)
}

/**
 * Like `factOf`, for a value that names something: one that is there and can't be read is `UNREADABLE`, and not absent,
 * so that nothing else takes its place.
 */
export function nameIn(value: unknown): string | undefined {
  return isUnreadable(value) ? UNREADABLE : factOf(value)
}

/** Whether a value is there that can't be the name of anything: a list, an object, bytes, or a number that isn't one. */
export function isUnreadable(value: unknown): boolean {
  return typeof value === 'number' ? !Number.isFinite(value) : typeof value === 'object' && value !== null
}

/** The word of a list that a value is, in any case. */
export function wordIn<T extends string>(value: unknown, words: readonly T[]): T | undefined {
  const text = textOf(value)?.toLowerCase()
  return words.find((word) => word === text)
}

/** Whether a value is there, and is none of the words. */
export function isNoWord(value: unknown, words: readonly string[]): boolean {
  return isUnreadable(value) || (textOf(value) !== undefined && wordIn(value, words) === undefined)
}

/** A text to keep: without secrets, no longer than a facet allows, and in its own memory. */
export function kept(text: string): string {
  const clean = withoutSecrets(text)
  return clean.length > MAX_TEXT ? shortened(clean) : internCopy(clean)
}

/** Visible ASCII characters are between these two. */
const [SPACE, DELETE] = [0x20, 0x7f]

/**
 * Characters that nobody sees: default-ignorable, format and control characters, halves of surrogate pairs,
 * noncharacters, and the empty Braille pattern.
 */
const UNSEEN = String.raw`\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u2800`
export const INVISIBLE = new RegExp(`[${UNSEEN}]+`, 'gu')

/** Empty, or nothing visible. */
const BLANK = new RegExp(`^[\\s${UNSEEN}]*$`, 'u')

/** Stands for a value that is there but can't be read, such as a list instead of an id. It names nobody. */
export const UNREADABLE = '[unreadable]'

/** An array, or the JSON text of one. Any other text becomes a list with that one entry. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : listInText(textOf(value))
}

function listInText(text: string | undefined): readonly unknown[] | undefined {
  if (text === undefined) return undefined
  if (!text.startsWith('[')) return [text]
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? parsed : [text]
  } catch {
    return [text]
  }
}

export function isSameValue(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((entry, index) => entry === b[index])
}

/** One property if there's a value, none if there isn't. */
export function present<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T })
}
