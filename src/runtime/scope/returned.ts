import { attempt } from './returned/left-alone.ts'
import type { Owner } from './returned/bound.ts'
import { isPlainPromise, watchPromise } from './returned/bound-promise.ts'
import { bindLater, holdsStream, isEmitter } from './returned/kinds.ts'
import type { Ending } from './scope.ts'

/**
 * Makes a function's result run inside its binding if it runs later, or if it is a promise for something that does.
 * Binds it in place: replaces methods with ones that enter the binding, and keeps it the same object. A result that
 * can't be bound in place, because it is frozen or belongs to several bindings, is left alone and counts a fault.
 */
export function bindReturned(value: unknown, owner: Owner): void {
  const { scope } = owner
  if (!isPlainPromise(value)) return scope.returned(endingOf(value, owner, 'open'))
  scope.awaits(value)
  attempt(() => watchPromise(value, (settled) => scope.settled(endingOf(settled, owner, 'over'))))
}

/** The result, or what its promise brings, tells how long the work goes on. */
function endingOf(value: unknown, owner: Owner, otherwise: Ending): Ending {
  if (typeof value !== 'object' || value === null) return otherwise
  const ending = attempt((): Ending => {
    if (!owner.isEmpty && bindLater(value, owner)) return 'over'
    // A worker, a pool or a client outlives the request that made it, and also works for others.
    if (owner.namesPrincipal && isEmitter(value)) return 'over'
    return otherwise === 'over' && holdsStream(value) ? 'open' : otherwise
  })
  return ending ?? 'open'
}
