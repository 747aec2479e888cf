import { nextTick } from 'node:process'
import { processState } from '../health/process-state.ts'

/** More than a turn can start without blocking the event loop for seconds; what comes on top goes unwatched. */
const MAX_WAITING = 250_000

/** Microtasks and ticks are let through this often: work that is put off tick by tick is part of the turn up to here. */
const ROUNDS = 5

/** As it was when this was loaded: tests of an app may stop its clock, and microtasks with it. */
const microtask = queueMicrotask

interface State {
  waiting: (() => void)[] | undefined
}

const turn = processState<State>('turn', () => ({ waiting: undefined }))

/**
 * Calls `look` when the present turn is over, with all that its microtasks and ticks did, and before anything else of
 * the event loop: on a busy process a timer would fire before an immediate does.
 */
export function afterThisTurn(look: () => void): void {
  if (turn.waiting === undefined) {
    turn.waiting = []
    letThrough(ROUNDS)
  }
  if (turn.waiting.length < MAX_WAITING) turn.waiting.push(look)
}

/** A tick that a microtask asks for comes when no microtask is left; one that other code asks for comes before them. */
function letThrough(rounds: number): void {
  if (rounds === 0) callAll()
  else nextTick(() => microtask(() => letThrough(rounds - 1)))
}

function callAll(): void {
  const due = turn.waiting ?? []
  turn.waiting = undefined
  for (const look of due) look()
}
