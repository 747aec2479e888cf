import type { Slot } from './slots.ts'

/** The OpenTelemetry Transformation Language, as text. Of agents it knows only the names of the slots. */

/** Statements for the spans that fit one of `conditions`; what they keep in the cache lives no longer than they. */
export interface Group {
  /** What a reader is told before it. */
  readonly comment?: string
  readonly context: 'resource' | 'scope' | 'span'
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

/** `set`, where the conditions hold that are given. */
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

/** Whether the text is one of `words`; the words stand for themselves. */
export function isOneOf(target: string, words: readonly string[]): string {
  return words.length === 1 ? `${target} == ${literal(words[0] as string)}` : isMatch(target, whole(words))
}

/** As `isOneOf`, whatever the case and the white space around. */
export function isWord(target: string, words: readonly string[]): string {
  return isMatch(target, `(?i)^\\s*(?:${words.map(escaped).join('|')})\\s*$`)
}

/** Whether there is something that can be seen: no number of spaces or format characters is a value. */
export function isVisible(target: string): string {
  return isMatch(target, `[^${SPACE}\\p{Cf}]`)
}

/** What JavaScript's `trim` takes off, for a class of RE2. */
export const SPACE = '\\s\\v\\p{Z}'

export function remove(target: string, pattern: RegExp | string, ...where: readonly string[]): string {
  return replace(target, pattern, '', ...where)
}

export function replace(target: string, pattern: RegExp | string, by: string, ...where: readonly string[]): string {
  const text = typeof pattern === 'string' ? pattern : re2(pattern)
  return when(`replace_pattern(${target}, ${literal(text)}, ${literal(by)})`, ...where)
}

export function whole(words: readonly string[]): string {
  return `^(?:${words.map(escaped).join('|')})$`
}

export function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`)
}

/** The same expression for RE2. The tables keep to what both know. */
export function re2({ source, flags }: RegExp): string {
  const kept = [...flags].filter((flag) => flag === 'i' || flag === 's').join('')
  return (kept === '' ? '' : `(?${kept})`) + source.replaceAll(String.raw`\/`, '/')
}

/** The first of the sources that can be seen, unless the cache holds one already. */
export function first(name: Slot, sources: readonly string[], ...where: readonly string[]): readonly string[] {
  return sources.map((source) => set(cache(name), source, `${cache(name)} == nil`, ...where, isVisible(source)))
}

/** A list or a map is no text and leaves the cache; numbers and truth values are. */
export function asText(name: Slot): readonly string[] {
  return [
    when(forget(name), any(`IsList(${cache(name)})`, `IsMap(${cache(name)})`)),
    set(cache(name), `String(${cache(name)})`),
  ]
}

/** As `asText`; some dialects write every value as JSON, a text in quotes. */
export function asPlainText(name: Slot): readonly string[] {
  return [...asText(name), replace(cache(name), '^\\s*"([^"\\\\]*)"\\s*$', '${1}')]
}
