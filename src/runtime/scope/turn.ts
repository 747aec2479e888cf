import { nextTick } from 'node:process'
import { processState } from '../health/process-state.ts'

/** More than a turn can start without blocking the event loop for seconds. Further ones are not watched. */
const MAX_WAITING = 250_000

/** How often microtasks and ticks may run: work that is postponed tick by tick is part of the turn up to here. */
const ROUNDS = 5

/** Taken when this is loaded: an app's tests may fake its clock, including microtasks. */
const microtask = queueMicrotask

interface State {
  waiting: (() => void)[] | undefined
}

const turn = processState<State>('turn', () => ({ waiting: undefined }))

/**
 * Calls `look` when the present turn is over, after all of its microtasks and ticks, and before anything else in the
 * event loop: on a busy process a timer would fire before an immediate does.
 */
export function afterThisTurn(look: () => void): void {
  if (turn.waiting === undefined) {
    turn.waiting = []
    letThrough(ROUNDS)
  }
  if (turn.waiting.length < MAX_WAITING) turn.waiting.push(look)
}

/** A tick requested by a microtask runs when no microtask is left. One requested by other code runs before them. */
function letThrough(rounds: number): void {
  if (rounds === 0) callAll()
  else nextTick(() => microtask(() => letThrough(rounds - 1)))
}

function callAll(): void {
  const due = turn.waiting ?? []
  turn.waiting = undefined
  for (const look of due) look()
}
