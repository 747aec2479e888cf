import { isBoundAs } from '../scope/live-binding.ts'
import { markStale } from '../span/span-state.ts'
import type { SpanRecord } from '../span/span-state.ts'
import type { Scope } from '../scope/scope.ts'
import { afterThisTurn } from '../scope/turn.ts'

/**
 * Looks at a span again when the turn is over that it started in. A queue that runs the job of one user in the context
 * of another starts it in the very turn in which the work of the other comes to its end: the bound function settles, or
 * the tool ends, and the span goes on. Whoever started a span for the bound function would wait for it.
 */
export function watchForTurn(record: SpanRecord, above: SpanRecord | undefined): void {
  afterThisTurn(() => {
    const scope = record.binding?.scope
    if (record.open === undefined || record.isStale) return
    if (above?.isEndedTool === true && isBoundAs(record.binding, above.binding)) markStale(record)
    else if (scope !== undefined && hasEnded(scope)) leaveBehind(record)
  })
}

/** What a tracer starts in one callback goes on until another one. */
function hasEnded(scope: Scope): boolean {
  return !scope.isHandedOver && (scope.hasSettled() || !scope.isLive())
}

/** While a request is being served its binding holds: a response may be streamed after the function has settled. */
function leaveBehind(record: SpanRecord): void {
  if (record.binding?.scope?.isLive() === true) record.isLeftBehind = true
  else markStale(record)
}

/** Whether a span that was left behind went on longer than the request did. */
export function isOutlived({ isStale, isLeftBehind, binding }: SpanRecord): boolean {
  return !isStale && isLeftBehind && binding?.scope?.isLive() === false
}
