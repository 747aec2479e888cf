import { AsyncResource } from 'node:async_hooks'

/** Where a callback of the app was registered, so that it runs there and not inside the binding. */
export class Registration {
  readonly #here = new AsyncResource('onbehalf.callback')

  run<R>(work: () => R): R {
    return this.#here.runInAsyncScope(work)
  }

  /** The callback as of where it was registered. A class that is passed stays one; what is no function stays as it is. */
  bind(callback: unknown): unknown {
    if (typeof callback !== 'function') return callback
    const here = this.#here
    return new Proxy(callback, {
      apply: (target, self, args) => here.runInAsyncScope(target as (...given: unknown[]) => unknown, self, ...args),
    })
  }
}

/** Arguments with their callbacks bound to where they are passed. */
export function registered(args: readonly unknown[]): readonly unknown[] {
  if (!args.some((arg) => typeof arg === 'function')) return args
  const here = new Registration()
  return args.map((arg) => here.bind(arg))
}
