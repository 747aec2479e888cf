import { diag } from '@opentelemetry/api'
import { onSecret } from '../../base/secret.ts'
import { processState } from './process-state.ts'

/** Where we can fail. */
export const FAULT_PLACES = [
  'binding',
  'edge',
  'carrier',
  'propagator',
  'processor',
  'pipeline',
  'exporter',
  'metrics',
  'guard',
  'flush',
  'redaction',
  'mcp',
] as const
export type FaultPlace = (typeof FAULT_PLACES)[number]

/** What to do about it. */
const ADVICE: Readonly<Record<FaultPlace, string>> = {
  binding: 'the work runs without it: check what is passed to onBehalfOf, asAgent, via and the like',
  edge: 'the request is served without it: check what is passed to attributed() of onbehalf/express and the like',
  carrier: 'the work runs without it: pass to resume() what carry() returned, unchanged',
  propagator: 'the request goes on without it: look at its baggage, which may be malformed or full',
  processor: 'the span is kept, perhaps without a verdict: report what kind of span it is',
  pipeline: 'the other processors went on: look at those in spanProcessors',
  exporter: 'the spans are sent, perhaps without a verdict: report what made them',
  metrics: 'spans are judged and not counted: look at the meter provider and its views',
  guard: 'the effect was refused: look at the aliases of the policy, and at what is passed to decide',
  flush: 'some spans may not have left: look at the exporter and its endpoint; OTEL_LOG_LEVEL=debug shows its requests',
  redaction:
    'its fingerprint is kept instead: name a credential by the id of its key, and leave secrets out of ids and texts',
  mcp: 'the call goes on without it: look at which version of the MCP SDK made the client or server',
}

/** At most one line per place in this time, in milliseconds. */
const QUIET_MS = 60_000

const state = processState('faults', () => ({
  lastSaid: new Map<FaultPlace, number>(),
  unsaid: new Map<FaultPlace, number>(),
  listeners: new Set<(where: FaultPlace) => void>(),
}))

/**
 * Counts one of our failures and logs it on the diag logger with what to do about it, at most once a minute per place.
 * Never throws. Input may be secret: `what` is a fixed text of ours, and only the class of `error` is logged.
 */
export function fault(where: FaultPlace, what: string, error?: unknown): void {
  try {
    for (const listener of state.listeners) listener(where)
    say(where, error === undefined ? what : `${what} (${classOf(error)})`)
  } catch {
    // If logging fails too, there is nowhere left to report it.
  }
}

onSecret(() => fault('redaction', 'a value that attribution keeps looks like a secret'))

/** Calls `listener` on every later fault of this process. */
export function onFault(listener: (where: FaultPlace) => void): void {
  state.listeners.add(listener)
}

/** Runs `work`. If it throws, that counts a fault and `fallback` is returned. */
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
  const last = state.lastSaid.get(where)
  if (last !== undefined && now - last < QUIET_MS) {
    state.unsaid.set(where, (state.unsaid.get(where) ?? 0) + 1)
    return
  }
  const before = state.unsaid.get(where) ?? 0
  state.unsaid.delete(where)
  state.lastSaid.set(where, now)
  const more = before === 0 ? '' : `; ${before} more like it since the last line`
  diag.warn(`onbehalf: ${where}: ${what}; ${ADVICE[where]}${more}`)
}

function classOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error
}
