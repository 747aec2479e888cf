/** Why JSON that an attacker may have written isn't read. */
export type JsonFault = 'malformed' | 'too_deep' | 'duplicate_member' | 'too_many_members'

/** What stands at the place where nesting became too deep: the names of the members that lead there. */
export interface RefusedJson {
  readonly fault: JsonFault
  readonly path: readonly string[]
}

export type ReadJson = { readonly object: Readonly<Record<string, unknown>> } | RefusedJson

export interface JsonLimits {
  readonly depth: number
  /** Members of the outermost object. */
  readonly members: number
}

/**
 * Reads one JSON object, and refuses what two parsers may read differently: a member that is there twice. The scan
 * comes after `JSON.parse`, so it only sees correct syntax.
 */
export function readStrictJson(bytes: Uint8Array, limits: JsonLimits): ReadJson {
  const text = textOf(bytes)
  const value = text === undefined ? undefined : parsed(text)
  if (text === undefined || !isObject(value)) return { fault: 'malformed', path: [] }
  return scan(text, limits) ?? { object: value }
}

/** A member of the object itself. What its prototype has was never in the JSON. */
export function member(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Level {
  readonly isObject: boolean
  readonly names: Set<string>
  /** The name of the member that is being read. */
  at: string
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gsu

function scan(text: string, limits: JsonLimits): RefusedJson | undefined {
  const levels: Level[] = []
  const path = () => levels.map(({ at }) => at)
  let expectsName = false
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1)
    if (token === '{' || token === '[') {
      if (levels.length === limits.depth) return { fault: 'too_deep', path: path() }
      levels.push({ isObject: token === '{', names: new Set(), at: '' })
      expectsName = token === '{'
    } else if (token === '}' || token === ']') {
      levels.pop()
      expectsName = false
    } else if (token === ',') expectsName = level?.isObject === true
    else if (token !== ':' && expectsName && level !== undefined) {
      expectsName = false
      const name = parsed(token)
      if (typeof name !== 'string') return { fault: 'malformed', path: path() }
      if (level.names.has(name)) return { fault: 'duplicate_member', path: path() }
      level.names.add(name)
      level.at = name
      if (levels.length === 1 && level.names.size > limits.members) return { fault: 'too_many_members', path: [] }
    }
  }
  return undefined
}
