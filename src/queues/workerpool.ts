import { bound, prototypeWith, replaceMethod } from './library.ts'
import type { Call, Library } from './library.ts'
import { guarded } from '../runtime/health/fault.ts'

/** It has its own promises, which call back in the context in which any worker answers. */
interface Thenable {
  then: Call
}

function isThenable(value: unknown): value is Thenable {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'then')
}

const BOUND = new WeakSet<object>()

function bindThen(promise: unknown): unknown {
  if (!isThenable(promise) || BOUND.has(promise)) return promise
  BOUND.add(promise)
  const { then } = promise
  // oxlint-disable-next-line unicorn/no-thenable -- It has a `then` of its own already.
  promise.then = function (this: unknown, ...callbacks: unknown[]): unknown {
    return bindSafely(Reflect.apply(then, this, callbacks.map(bound)))
  }
  return promise
}

function bindSafely(promise: unknown): unknown {
  return guarded('binding', 'a promise of workerpool could not be bound', () => bindThen(promise), promise)
}

function withBoundEvents(options: unknown): unknown {
  if (typeof options !== 'object' || options === null || !('on' in options)) return options
  return { ...options, on: bound(options.on) }
}

export const WORKERPOOL: Library = {
  name: 'workerpool',
  versions: '>=6.0.0 <11',
  binds: 'callbacks given to `then` and its like of what `exec` returns, and `on` of its options',
  patches: [
    {
      file: 'src/Pool.js',
      apply: (exports) =>
        replaceMethod(
          prototypeWith('exec', exports, 'Pool'),
          'exec',
          (original) =>
            function (this: unknown, method: unknown, parameters: unknown, options: unknown): unknown {
              return bindSafely(Reflect.apply(original, this, [method, parameters, withBoundEvents(options)]))
            },
        ),
    },
  ],
}
