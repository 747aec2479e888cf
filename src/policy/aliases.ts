import { canonicalId } from '../identity/identity.ts'

/** Where aliases of aliases lead. */
export interface SettledAliases {
  /** The id that each name stands for in the end, both as they're compared. */
  readonly settled: ReadonlyMap<string, string>
  /** Names that stand for each other, in a circle. */
  readonly cycles: readonly (readonly string[])[]
}

/**
 * Follows aliases of aliases, and looks at each once. Names that form a cycle stand for the one that comes first
 * alphabetically.
 */
export function settleAliases(aliases: Readonly<Record<string, string>>): SettledAliases {
  const next = new Map(Object.entries(aliases).map(([name, id]) => [canonicalId(name), canonicalId(id)]))
  const settled = new Map<string, string>()
  const cycles: (readonly string[])[] = []
  for (const name of next.keys()) {
    const path = new Set<string>()
    let last = name
    for (; !settled.has(last) && !path.has(last) && next.has(last); last = next.get(last) as string) path.add(last)
    const names = [...path]
    const cycle = path.has(last) ? names.slice(names.indexOf(last)) : []
    if (cycle.length > 1) cycles.push(cycle)
    const end = settled.get(last) ?? cycle.toSorted()[0] ?? last
    for (const one of names) settled.set(one, end)
  }
  return { settled, cycles }
}
