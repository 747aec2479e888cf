import type { Bound } from './bound.ts'
import { Registration, registered } from './callback.ts'
import type { Around, Replacement } from './in-place.ts'

/**
 * Lazy thenables, such as a builder's query, and promises of other classes: the work starts inside when they are
 * awaited, and the code that awaits continues where it was.
 */
export function thenableMethods(bound: Bound): readonly Replacement[] {
  return [
    { keys: ['then'], around: awaiting(bound) },
    { keys: ['catch', 'finally'], around: settlingWith(bound) },
  ]
}

function settlingWith(bound: Bound): Around {
  return (call, args) => {
    const callbacks = registered(args)
    return bound.run(() => call(callbacks))
  }
}

type Callback = (...values: unknown[]) => unknown

function awaiting(bound: Bound): Around {
  return (call, [onFulfilled, onRejected, ...others]) => {
    const there = new Registration()
    const end = bound.begin()
    const fulfilled = (...values: unknown[]): unknown => {
      end(true)
      bound.made(values[0])
      return isCallback(onFulfilled) ? there.run(() => onFulfilled(...values)) : values[0]
    }
    const rejected = (...reasons: unknown[]): unknown => {
      end(true)
      return there.run(() => (onRejected as Callback)(...reasons))
    }
    try {
      return bound.run(() => call([fulfilled, isCallback(onRejected) ? rejected : onRejected, ...others]))
    } catch (error) {
      end(true)
      throw error
    }
  }
}

function isCallback(value: unknown): value is Callback {
  return typeof value === 'function'
}
