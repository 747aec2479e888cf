import { inspect, types } from 'node:util'
import { createNotes } from './notes.ts'

/** Called once, when the first reader of the promise learns how it settled. `value` is undefined where it rejected. */
export type OnSettled = (value: unknown) => void

interface Watch {
  /** Whether anybody reads the promise: then `listeners` are told before the reader is. */
  isRead: boolean
  listeners: OnSettled[] | undefined
}

const WATCHES = createNotes<Watch>()

/**
 * What a watched promise of the app becomes, in place. It asks for nothing of its own: a reaction of ours would count
 * as a handler, and a rejection that the app forgot would pass unseen.
 */
class BoundPromise extends Promise<unknown> {
  /** What is derived from it is a promise like any other. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  // oxlint-disable-next-line unicorn/no-thenable -- It is a promise, and only `then` sees every reader, `await` included.
  override then(onFulfilled?: unknown, onRejected?: unknown): Promise<never> {
    const watch = WATCHES.of(this)
    if (watch === undefined) return super.then(onFulfilled as never, onRejected as never)
    watch.isRead = true
    return super.then(
      (value) => {
        settle(watch, value)
        return typeof onFulfilled === 'function' ? onFulfilled(value) : value
      },
      (error: unknown) => {
        settle(watch, undefined)
        if (typeof onRejected === 'function') return onRejected(error)
        throw error
      },
    ) as Promise<never>
  }
}

Object.defineProperty(BoundPromise, 'name', { value: 'Promise' })

/** A promise of the language itself: a class derived from it has a `then` of its own. */
export function isPlainPromise(value: object): value is Promise<unknown> {
  if (!types.isPromise(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Promise.prototype || prototype === BoundPromise.prototype
}

/**
 * Tells `onSettled` when the promise settles, before whoever reads it. The promise stays the same object, and stays
 * unhandled where nobody handles it. Throws where it is frozen.
 */
export function watchPromise(promise: Promise<unknown>, onSettled: OnSettled): void {
  const known = WATCHES.of(promise)
  if (known?.listeners !== undefined) {
    known.listeners.push(onSettled)
    return
  }
  if (known !== undefined) return
  Object.setPrototypeOf(promise, BoundPromise.prototype)
  WATCHES.put(promise, { isRead: false, listeners: [onSettled] })
}

/** Whether a promise has not settled yet, as far as anybody can know without becoming its reader. */
export function isPending(promise: Promise<unknown> | undefined): boolean {
  if (promise === undefined) return false
  const watch = WATCHES.of(promise)
  if (watch?.listeners === undefined && watch !== undefined) return false
  return watch?.isRead === true || PENDING.test(inspect(promise, SHALLOW))
}

const PENDING = /^[^{]*\{\s*<pending>/u

/** Neither getters nor methods of the app run, and next to nothing of the value is looked at. */
const SHALLOW = { depth: 0, customInspect: false, getters: false, maxStringLength: 0, maxArrayLength: 0 } as const

function settle(watch: Watch, value: unknown): void {
  const { listeners } = watch
  watch.listeners = undefined
  for (const listener of listeners ?? []) listener(value)
}
