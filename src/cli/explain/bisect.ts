import type { Window } from './jaeger-query.ts'

/** An answer for a time. */
export interface Page {
  /** The start of each thing in it, in milliseconds. */
  readonly starts: readonly number[]
  /** Whether there may be more than it holds. */
  readonly isFull: boolean
}

export interface Bisection<P extends Page> {
  /** Undefined where that time cannot be asked for: the rest is asked for all the same. */
  readonly ask: (window: Window) => Promise<P | undefined>
  /** Hears of a full page that cannot be divided, by its time in milliseconds. */
  readonly onCut: (at: number) => void
  /** Whether pages come in order of time: a full one is given only where it cannot be divided then. */
  readonly isInOrder?: boolean
}

/**
 * Asks for the whole time; where an answer is full, for the time before and after the middle of what it held, and so on:
 * no order within the answers is relied on.
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

/** In order, nearer to the beginning, which is read first: an answer may hold the latest things and no others. */
function middleOf({ since, until }: Window, starts: readonly number[], isInOrder: boolean): number {
  const median = starts.toSorted((a, b) => a - b)[Math.floor(starts.length / 2)] ?? 0
  const middle = Math.floor(isInOrder ? (since + median) / 2 : median)
  return middle > since && middle < until ? middle : Math.floor((since + until) / 2)
}
