type Part = object

/**
 * All that this copy of the package remembers of its process, one part for each concept. What is known of a span is
 * kept on the span. Other copies have a state of their own, because they may be of another version: `copies.ts`
 * registers this one beside theirs.
 */
export const PROCESS_STATE: Record<string, Part> = {}

const makers = new Map<string, () => Part>()

/** Adds a part. It stays the same object for ever: `resetProcessState` replaces its fields. */
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
