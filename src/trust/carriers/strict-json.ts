/** Deeper and larger than any carrier. */
const MAX_DEPTH = 32
const MAX_MEMBERS = 256

/** Names that other code could take for part of the language. */
const NO_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * The object in a JSON text from outside. Undefined if it isn't one, nests too deeply, has too many members, names a
 * member twice (another reader may have taken the other one) or names one of JavaScript's own.
 */
export function readJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const count = membersIn(value, 0)
  if (count === undefined || count !== namesIn(text)) return undefined
  return value as Readonly<Record<string, unknown>>
}

/** Undefined if the value can't be accepted. */
function membersIn(value: unknown, depth: number): number | undefined {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > MAX_DEPTH) return undefined
  const names = Array.isArray(value) ? [] : Object.keys(value)
  if (names.some((name) => NO_NAMES.has(name))) return undefined
  let count = names.length
  for (const entry of Object.values(value)) {
    const inner = membersIn(entry, depth + 1)
    if (inner === undefined || count + inner > MAX_MEMBERS) return undefined
    count += inner
  }
  return count > MAX_MEMBERS ? undefined : count
}

/** How many members the text writes. The parser keeps only the last one of a name. */
function namesIn(text: string): number {
  let count = 0
  for (const { groups } of text.matchAll(STRING)) if (groups?.['colon'] !== undefined) count += 1
  return count
}

const STRING = /"(?:[^"\\]|\\.)*"(?<colon>\s*:)?/gu
