type Part = object

/**
 * All that this copy of the package remembers about its process, one part per concept. What is known about a span is
 * kept on the span. Other copies may be of another version, so they have their own state. `copies.ts` registers this
 * one beside theirs.
 */
export const PROCESS_STATE: Record<string, Part> = {}

const makers = new Map<string, () => Part>()

/** Adds a part. It stays the same object: `resetProcessState` replaces its fields. */
export function processState<T extends Part>(name: string, make: () => T): T {
  if (makers.has(name)) throw new Error(`two parts of the process state are named ${name}`)
  const part = make()
  makers.set(name, make)
  PROCESS_STATE[name] = part
  return part
}

/** Forgets everything, as if the package had just been loaded. For tests: open spans are no longer found by their ids. */
export function resetProcessState(): void {
  for (const [name, make] of makers) Object.assign(PROCESS_STATE[name] as Part, make())
}
