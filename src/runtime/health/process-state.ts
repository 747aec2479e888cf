type Part = object

/**
 * All that this copy of the package remembers of its process, one part for each concept; what depends on a span, a
 * resource or another object of the app is kept on that object or in a weak map instead. Other copies of the package
 * have their own, because they may be of another version; `copies.ts` registers this one beside theirs.
 */
export const PROCESS_STATE: Record<string, Part> = {}

const makers = new Map<string, () => Part>()

/** A part of the state of this process. The object stays the same one for ever; `resetProcessState` makes its fields anew. */
export function processState<T extends Part>(name: string, make: () => T): T {
  if (makers.has(name)) throw new Error(`two parts of the process state are named ${name}`)
  const part = make()
  makers.set(name, make)
  PROCESS_STATE[name] = part
  return part
}

/** Forgets everything, as if the package had just been loaded. For tests: spans that are open lose what is known of them by id. */
export function resetProcessState(): void {
  for (const [name, make] of makers) Object.assign(PROCESS_STATE[name] as Part, make())
}
