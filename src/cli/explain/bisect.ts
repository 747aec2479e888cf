import type { Window } from './jaeger-query.ts'

/** The answer for a time window. */
export interface Page {
  /** The start time of each thing in it, in milliseconds. */
  readonly starts: readonly number[]
  /** Whether there may be more than it has. */
  readonly isFull: boolean
}

export interface Bisection<P extends Page> {
  /** Resolves to undefined if that window can't be asked for. The others are still asked for. */
  readonly ask: (window: Window) => Promise<P | undefined>
  /** Called for a full page that can't be divided, with its time in milliseconds. */
  readonly onCut: (at: number) => void
  /** Whether pages must come in order of time. If so, a full page is yielded only if it can't be divided. */
  readonly isInOrder?: boolean
}

/**
 * Asks for the whole window. If an answer is full, it asks for the time before and after the middle of that answer, and
 * so on. Doesn't rely on any order within the answers.
 */
export async function* bisect<P extends Page>(
  whole: Window,
  { ask, onCut, isInOrder = false }: Bisection<P>,
): AsyncGenerator<P> {
  const open = [whole]
  for (let window = open.pop(); window !== undefined; window = open.pop()) {
    const page = await ask(window)
    if (page === undefined) continue
    const isDivisible = window.until - window.since > 1
    if (!(page.isFull && isDivisible && isInOrder)) yield page
    if (!page.isFull) continue
    if (isDivisible) {
      const middle = middleOf(window, page.starts, isInOrder)
      open.push({ since: middle, until: window.until }, { since: window.since, until: middle })
    } else onCut(window.since)
  }
}

/** In order, splits closer to the start, which is read first: an answer may hold only the latest things. */
function middleOf({ since, until }: Window, starts: readonly number[], isInOrder: boolean): number {
  const median = starts.toSorted((a, b) => a - b)[Math.floor(starts.length / 2)] ?? 0
  const middle = Math.floor(isInOrder ? (since + median) / 2 : median)
  return middle > since && middle < until ? middle : Math.floor((since + until) / 2)
}
