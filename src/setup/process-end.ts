import { sendLast } from './last-send.ts'
import type { Outstanding } from './outstanding.ts'
import { endSettledWork } from '../runtime/binding/work-span.ts'
import { flush } from '../runtime/health/flush.ts'

/** What to send before the process ends, and how. */
export interface Ending {
  /** Shuts down what was started here. Does nothing if other code started it. */
  readonly shutDown: () => Promise<void>
  /** How many spans have ended so far. */
  readonly ended: () => number
  readonly outstanding: readonly Outstanding[]
  readonly resolve: (name: string) => string | undefined
  readonly say: (line: string) => void
}

/** How long this may delay the end of the app, in milliseconds. */
const LIMIT_MS = 5_000

/**
 * Sends what is left before the process ends, then lets it end as it would have. Nothing is shut down while the app may
 * still go on, so that spans from its own handlers are sent too.
 */
export function sendAtEnd(ending: Ending): void {
  const state = { isGivenUp: false }
  flushWhenDrained(ending, state)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    endAt(signal, ending, state)
  }
  process.on('exit', () => sendAtExit(ending, state))
}

/**
 * If the app has its own handler, it is up to the app to end the process. A handler that was added with `once` is off
 * the list after it has run, which may be before ours. If there is none, a second signal waits until the rest has been
 * sent.
 */
function endAt(signal: 'SIGTERM' | 'SIGINT', ending: Ending, state: State): void {
  let hasRun = false
  process.on('removeListener', (event, listener) => {
    if (event !== signal || listener === ours) return
    hasRun = true
    setImmediate(() => (hasRun = false)).unref()
  })
  const ours = (): void => {
    if (hasRun || process.listenerCount(signal) > 0) void flush(LIMIT_MS)
    else void endBy(signal, ending, state)
  }
  process.once(signal, ours)
}

async function endBy(signal: 'SIGTERM' | 'SIGINT', ending: Ending, state: State): Promise<void> {
  const wait = (): void => {}
  process.on(signal, wait)
  await shutDown(ending, state)
  process.off(signal, wait)
  process.kill(process.pid, signal)
}

interface State {
  /** Whether waiting for the rest took too long. */
  isGivenUp: boolean
}

/** After `process.exit()` and after an uncaught error. */
function sendAtExit({ outstanding, resolve, say }: Ending, { isGivenUp }: State): void {
  endSettledWork(true)
  const waiting = outstanding.reduce((sum, { spans }) => sum + spans.size, 0)
  if (waiting === 0) return
  const lost = isGivenUp ? waiting : sendLast(outstanding, resolve)
  const spans = lost === 1 ? 'span' : 'spans'
  if (lost > 0)
    say(`${lost} ${spans} did not arrive before the process ended: await flush() from onbehalf before it does`)
}

/** The event comes again each time that something was done after it. It is done when no more spans have ended. */
function flushWhenDrained(ending: Ending, state: State): void {
  let sent = 0
  let isDown = false
  process.on('beforeExit', () => {
    if (isDown) return
    endSettledWork()
    const hasMore = ending.ended() > sent
    sent = ending.ended()
    isDown = !hasMore
    // If the app has no handler, none of its own work can be left, and a hanging exporter must not keep it alive.
    const timer = setTimeout(() => {
      state.isGivenUp = true
      if (process.listenerCount('beforeExit') === 1) process.exit()
    }, LIMIT_MS).unref()
    void (hasMore ? flush(LIMIT_MS * 2) : shutDown(ending, state)).then(() => clearTimeout(timer))
  })
}

async function shutDown({ shutDown }: Ending, state: State): Promise<void> {
  const limit = new Promise<void>((resolve) =>
    setTimeout(() => {
      state.isGivenUp = true
      resolve()
    }, LIMIT_MS).unref(),
  )
  await Promise.race([shutDown().catch(() => {}), limit])
}
