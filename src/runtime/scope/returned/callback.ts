import { AsyncResource } from 'node:async_hooks'

/** The place where a callback of the app was registered, so that it runs there and not inside the binding. */
export class Registration {
  readonly #here = new AsyncResource('onbehalf.callback')

  run<R>(work: () => R): R {
    return this.#here.runInAsyncScope(work)
  }

  /** Makes the callback run where it was registered. Classes stay classes, and other values stay as they are. */
  bind(callback: unknown): unknown {
    if (typeof callback !== 'function') return callback
    const here = this.#here
    return new Proxy(callback, {
      apply: (target, self, args) => here.runInAsyncScope(target as (...given: unknown[]) => unknown, self, ...args),
    })
  }
}

/** The arguments, with callbacks bound to the place where they are passed. */
export function registered(args: readonly unknown[]): readonly unknown[] {
  if (!args.some((arg) => typeof arg === 'function')) return args
  const here = new Registration()
  return args.map((arg) => here.bind(arg))
}
