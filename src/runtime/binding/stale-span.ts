import { isBoundAs } from '../scope/live-binding.ts'
import { markStale } from '../span/span-state.ts'
import type { SpanState } from '../span/span-state.ts'
import type { Scope } from '../scope/scope.ts'
import { afterThisTurn } from '../scope/turn.ts'

/**
 * Looks at a span again when the turn is over that it started in. A queue that runs the job of one user in the context
 * of another starts it in the very turn in which the work of the other comes to its end: the bound function settles, or
 * the tool ends, and the span goes on. Whoever started a span for the bound function would wait for it.
 */
export function watchForTurn(state: SpanState, above: SpanState | undefined): void {
  afterThisTurn(() => {
    const scope = state.binding?.scope
    if (state.open === undefined || state.isStale) return
    if (above?.isEndedAct === true && isBoundAs(state.binding, above.binding)) markStale(state)
    else if (scope !== undefined && hasEnded(scope)) leaveBehind(state)
  })
}

/** What a tracer starts in one callback goes on until another one. */
function hasEnded(scope: Scope): boolean {
  return !scope.isHandedOver && (scope.hasSettled() || !scope.isLive())
}

/** While a request is being served its binding holds: a response may be streamed after the function has settled. */
function leaveBehind(state: SpanState): void {
  if (state.binding?.scope?.isLive() === true) state.isLeftBehind = true
  else markStale(state)
}

/** Whether a span that was left behind went on longer than the request did. */
export function isOutlived({ isStale, isLeftBehind, binding }: SpanState): boolean {
  return !isStale && isLeftBehind && binding?.scope?.isLive() === false
}
