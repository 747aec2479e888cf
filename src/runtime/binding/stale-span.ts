import { isBoundAs } from '../scope/live-binding.ts'
import { markStale } from '../span/span-state.ts'
import type { SpanState } from '../span/span-state.ts'
import type { Scope } from '../scope/scope.ts'
import { afterThisTurn } from '../scope/turn.ts'

/**
 * Looks at a span again when the turn that it started in is over. A queue that runs one user's job in another user's
 * context starts the span in the same turn in which the other's work ends: the bound function settles, or the tool
 * ends, and the span goes on. A bound function that had started the span itself would wait for it.
 */
export function watchForTurn(state: SpanState, above: SpanState | undefined): void {
  afterThisTurn(() => {
    const scope = state.binding?.scope
    if (state.open === undefined || state.isStale) return
    if (above?.isEndedAct === true && isBoundAs(state.binding, above.binding)) markStale(state)
    else if (scope !== undefined && hasEnded(scope)) leaveBehind(state)
  })
}

/** A span that a tracer starts in one callback goes on until another callback. */
function hasEnded(scope: Scope): boolean {
  return !scope.isHandedOver && (scope.hasSettled() || !scope.isLive())
}

/** While a request is being served, its binding holds: a response may be streamed after the function has settled. */
function leaveBehind(state: SpanState): void {
  if (state.binding?.scope?.isLive() === true) state.isLeftBehind = true
  else markStale(state)
}

/** Whether a span that was left behind lasted longer than the request. */
export function isOutlived({ isStale, isLeftBehind, binding }: SpanState): boolean {
  return !isStale && isLeftBehind && binding?.scope?.isLive() === false
}
