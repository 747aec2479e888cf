import { attempt } from './returned/left-alone.ts'
import type { Owner } from './returned/bound.ts'
import { isPlainPromise, watchPromise } from './returned/bound-promise.ts'
import { bindLater, holdsStream, isEmitter } from './returned/kinds.ts'
import type { Ending } from './scope.ts'

/**
 * Has what a function returned run inside its binding, where it runs later, and what a promise brings of the kind. It
 * is bound in place: methods of its own are replaced by ones that enter the binding, and it stays the very same object.
 * What cannot be bound in place, because it is frozen or belongs to several bindings, is left alone and counts a fault.
 */
export function bindReturned(value: unknown, owner: Owner): void {
  const { scope } = owner
  if (!isPlainPromise(value)) return scope.returned(endingOf(value, owner, 'open'))
  scope.awaits(value)
  attempt(() => watchPromise(value, (settled) => scope.settled(endingOf(settled, owner, 'over'))))
}

/** What was returned, or brought by a promise, tells how long the work goes on. */
function endingOf(value: unknown, owner: Owner, otherwise: Ending): Ending {
  if (typeof value !== 'object' || value === null) return otherwise
  const ending = attempt((): Ending => {
    if (!owner.isEmpty && bindLater(value, owner)) return 'over'
    // A worker, a pool or a client lives longer than the request that made it, and works for others too.
    if (owner.namesPrincipal && isEmitter(value)) return 'over'
    return otherwise === 'over' && holdsStream(value) ? 'open' : otherwise
  })
  return ending ?? 'open'
}
