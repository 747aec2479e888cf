import { diag } from '@opentelemetry/api'

/** Where a failure of our own can happen. */
export const FAULT_PLACES = [
  'binding',
  'carrier',
  'propagator',
  'processor',
  'pipeline',
  'exporter',
  'metrics',
  'guard',
  'flush',
] as const
export type FaultPlace = (typeof FAULT_PLACES)[number]

/** At most one line a place in this time, in milliseconds. */
const QUIET_MS = 60_000

const lastSaid = new Map<FaultPlace, number>()
const unsaid = new Map<FaultPlace, number>()
const listeners = new Set<(where: FaultPlace) => void>()

/**
 * Counts a failure of ours and says so on the diag logger, at most once a minute a place. It never throws. What was
 * passed in may be secret: `what` is a fixed text of ours, and of `error` only the class is told.
 */
export function fault(where: FaultPlace, what: string, error?: unknown): void {
  try {
    for (const listener of listeners) listener(where)
    say(where, error === undefined ? what : `${what} (${classOf(error)})`)
  } catch {
    // Nothing is left to tell it to.
  }
}

/** Calls `listener` on every fault of this process from now on. */
export function onFault(listener: (where: FaultPlace) => void): void {
  listeners.add(listener)
}

/** Runs `work`; what it throws becomes a fault and `fallback` is returned. */
export function guarded<T>(where: FaultPlace, what: string, work: () => T, fallback: T): T {
  try {
    return work()
  } catch (error) {
    fault(where, what, error)
    return fallback
  }
}

function say(where: FaultPlace, what: string): void {
  const now = Date.now()
  const last = lastSaid.get(where)
  if (last !== undefined && now - last < QUIET_MS) {
    unsaid.set(where, (unsaid.get(where) ?? 0) + 1)
    return
  }
  const before = unsaid.get(where) ?? 0
  unsaid.delete(where)
  lastSaid.set(where, now)
  diag.warn(`onbehalf: ${where}: ${what}${before === 0 ? '' : `; ${before} more like it since the last line`}`)
}

function classOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error
}
