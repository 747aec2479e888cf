import { shortened } from './shortened.ts'

/**
 * The most actors that a chain keeps. The chain is on every span below, and agents may start each other by the
 * thousand. A longer chain keeps its first actors and the last one, which is the one that acts.
 */
export const MAX_ACTORS = 128
/** The limit for all of them together, in UTF-16 code units. Names are shortened to fit. */
const MAX_CHAIN_TEXT = 16_384

/** Cuts a chain of any length down to what is kept. */
export function boundedChain(chain: readonly string[]): readonly string[] {
  const kept = boundedList(chain, MAX_ACTORS)
  const text = kept.reduce((sum, { length }) => sum + length, 0)
  return text <= MAX_CHAIN_TEXT ? kept : kept.map((entry) => shortened(entry, MAX_CHAIN_TEXT / MAX_ACTORS))
}

/** The first entries of a list that is too long, and the last one. */
export function boundedList<T>(list: readonly T[], most: number): readonly T[] {
  return list.length > most ? [...list.slice(0, most - 1), list.at(-1) as T] : list
}
