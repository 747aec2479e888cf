import { setImmediate } from 'node:timers'

/** More than a turn can start without blocking the event loop; what comes on top goes unwatched. */
const MAX_WAITING = 10_000

let waiting: (() => void)[] | undefined

/** Calls `then` when the present turn of the event loop is over, with all that its microtasks did. */
export function afterThisTurn(then: () => void): void {
  if (waiting === undefined) {
    waiting = []
    // It must not keep a process alive that has nothing else to do.
    setImmediate(runWaiting).unref()
  }
  if (waiting.length < MAX_WAITING) waiting.push(then)
}

function runWaiting(): void {
  const due = waiting ?? []
  waiting = undefined
  for (const then of due) then()
}
