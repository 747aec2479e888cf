import { shortened } from './shortened.ts'

/**
 * How much a chain of actors holds: it stands on every span below, and agents may start each other by the thousand. Of a
 * longer one the first actors are kept, and the last, who acts.
 */
export const MAX_ACTORS = 128
/** All of them together, in UTF-16 code units; names are shortened for it. */
const MAX_CHAIN_TEXT = 16_384

/** A chain of any length, as one is kept. */
export function boundedChain(chain: readonly string[]): readonly string[] {
  const kept = boundedList(chain, MAX_ACTORS)
  const text = kept.reduce((sum, { length }) => sum + length, 0)
  return text <= MAX_CHAIN_TEXT ? kept : kept.map((entry) => shortened(entry, MAX_CHAIN_TEXT / MAX_ACTORS))
}

/** Of a longer list the first entries, and the last. */
export function boundedList<T>(list: readonly T[], most: number): readonly T[] {
  return list.length > most ? [...list.slice(0, most - 1), list.at(-1) as T] : list
}
