import { UNREADABLE } from '../base/attribute-value.ts'
import type { Slot } from './slots.ts'

/** The OpenTelemetry Transformation Language, as text. All it knows about agents is the names of the slots. */

/** Statements for spans that match one of `conditions`. Their cache lasts only as long as the group runs. */
export interface Group {
  /** An explanation for readers, placed before it. */
  readonly comment?: string
  readonly context: 'resource' | 'scope' | 'span' | 'spanevent'
  readonly conditions?: readonly string[]
  readonly statements: readonly string[]
}

export function attribute(key: string): string {
  return `span.attributes[${literal(key)}]`
}

export function resource(key: string): string {
  return `resource.attributes[${literal(key)}]`
}

/** A value that the statements of one group share and that never leaves the Collector. */
export function cache(name: Slot): string {
  return `span.cache[${literal(name)}]`
}

/** Empties a slot. */
export function forget(name: Slot): string {
  return `delete_key(span.cache, ${literal(name)})`
}

export function literal(text: string): string {
  return `"${text.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`)}"`
}

/** `set`, if all of the given conditions are true. */
export function set(target: string, value: string, ...where: readonly string[]): string {
  return when(`set(${target}, ${value})`, ...where)
}

export function when(statement: string, ...where: readonly string[]): string {
  return where.length === 0 ? statement : `${statement} where ${where.join(' and ')}`
}

export function any(...conditions: readonly string[]): string {
  return conditions.length === 1 ? (conditions[0] as string) : `(${conditions.join(' or ')})`
}

export function all(...conditions: readonly string[]): string {
  return conditions.length === 1 ? (conditions[0] as string) : `(${conditions.join(' and ')})`
}

export function isMatch(target: string, pattern: RegExp | string): string {
  return `IsMatch(${target}, ${literal(typeof pattern === 'string' ? pattern : re2(pattern))})`
}

/** Whether the text is one of `words`, taken literally. */
export function isOneOf(target: string, words: readonly string[]): string {
  return words.length === 1 ? `${target} == ${literal(words[0] as string)}` : isMatch(target, whole(words))
}

/** Like `isOneOf`, ignoring case and surrounding white space. */
export function isWord(target: string, words: readonly string[]): string {
  return isMatch(target, `(?i)^\\s*(?:${words.map(escaped).join('|')})\\s*$`)
}

/** Whether there is anything visible: a value of only spaces or format characters doesn't count. */
export function isVisible(target: string): string {
  return isMatch(target, `[^${SPACE}${UNSEEN}]`)
}

/** The characters of `INVISIBLE`, for an RE2 class: it doesn't know which are default-ignorable. */
export const UNSEEN = `\\p{Cf}\\p{Cc}${[
  '034F',
  '115F-1160',
  '17B4-17B5',
  '180B-180F',
  '2065',
  '2800',
  '3164',
  'FE00-FE0F',
  'FFA0',
  'FFF0-FFF8',
  'E0000-E0FFF',
]
  .map((range) => range.replaceAll(/[\dA-F]+/gu, String.raw`\x{$&}`))
  .join('')}`

/** The characters that JavaScript's `trim` removes, for an RE2 class. */
export const SPACE = '\\s\\v\\p{Z}'

export function remove(target: string, pattern: RegExp | string, ...where: readonly string[]): string {
  return replace(target, pattern, '', ...where)
}

export function replace(target: string, pattern: RegExp | string, by: string, ...where: readonly string[]): string {
  const text = typeof pattern === 'string' ? pattern : re2(pattern)
  return when(`replace_pattern(${target}, ${literal(text)}, ${literal(by)})`, ...where)
}

/** A pattern for texts that don't begin with `prefix`, in any case: RE2 has no lookahead. */
export function startsOtherwise(prefix: string): string {
  const rest = [...prefix].reduceRight((after, character) => {
    const [lower, upper] = [character.toLowerCase(), character.toUpperCase()]
    const other = lower === upper ? `[^${escaped(lower)}]` : `[^${lower}${upper}]`
    const same = lower === upper ? escaped(lower) : `[${lower}${upper}]`
    return after === '' ? `(?:$|${other})` : `(?:$|${other}|${same}${after})`
  }, '')
  return `^${rest}`
}

export function whole(words: readonly string[]): string {
  return `^(?:${words.map(escaped).join('|')})$`
}

export function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`)
}

/** The same expression for RE2. The tables only use what both support. */
export function re2({ source, flags }: RegExp): string {
  const kept = [...flags].filter((flag) => flag === 'i' || flag === 's').join('')
  return (kept === '' ? '' : `(?${kept})`) + source.replaceAll(String.raw`\/`, '/')
}

/** The first visible source, unless the cache already has one. */
export function first(name: Slot, sources: readonly string[], ...where: readonly string[]): readonly string[] {
  return sources.map((source) => set(cache(name), source, `${cache(name)} == nil`, ...where, isVisible(source)))
}

/** A list or a map isn't text, and names nobody. Numbers and booleans are text. */
export function asText(name: Slot): readonly string[] {
  return [
    set(cache(name), literal(UNREADABLE), any(`IsList(${cache(name)})`, `IsMap(${cache(name)})`)),
    set(cache(name), `String(${cache(name)})`),
  ]
}

/** Like `asText`, for dialects that write every value as JSON, which puts text in quotes. */
export function asPlainText(name: Slot): readonly string[] {
  return [...asText(name), replace(cache(name), '^\\s*"([^"\\\\]*)"\\s*$', '${1}')]
}
