import { inspect, types } from 'node:util'
import { createPrivateSlot } from '../../../base/private-slot.ts'

/** Called once, when the promise has settled and before its first reader learns of it. */
export type OnSettled = (value: unknown, isRejected: boolean) => void

interface Watch {
  /** Emptied when they were told. */
  listeners: OnSettled[]
  /** Whether the promise has a reader, so that `listeners` will be told. */
  isRead: boolean
}

const WATCHES = createPrivateSlot<Watch>()

/** One promise of an app may be returned for each request and be read by nobody; whether it is pending is seen all the same. */
const MAX_LISTENERS = 256

/** What the language makes promises of, whatever stands in the place of the global one. */
const NativePromise = (async () => {})().constructor as PromiseConstructor

/**
 * What a watched promise of the app is until somebody reads it, in place. It asks for nothing of its own before: a
 * reaction of ours would count as a handler, and a rejection that the app forgot would pass unseen. `await` looks for a
 * `then` only where the constructor is not that of the language; with the first reader the promise is as it was.
 */
class UnreadPromise extends NativePromise<unknown> {
  /** What is derived from it is a promise like any other. */
  static override get [Symbol.species](): PromiseConstructor {
    return NativePromise
  }

  // oxlint-disable-next-line unicorn/no-thenable -- It is a promise, and only `then` sees every reader, `await` included.
  override then(onFulfilled?: unknown, onRejected?: unknown): Promise<never> {
    const watch = WATCHES.of(this)
    if (watch === undefined || watch.isRead)
      return super.then(onFulfilled as never, onRejected as never) as Promise<never>
    const read = isOfLanguage(onFulfilled) ? tracked(this, watch) : observed(this, watch)
    return read.then(onFulfilled as never, onRejected as never) as Promise<never>
  }
}

Object.defineProperty(UnreadPromise, 'name', { value: 'Promise' })

/**
 * A reaction of ours goes between the promise and whoever awaits it first, and before those of all later ones. As it is
 * the only one, V8 finds the way through it for the stack traces of errors.
 */
function tracked(promise: Promise<unknown>, watch: Watch): Promise<unknown> {
  watch.isRead = true
  Reflect.setPrototypeOf(promise, NativePromise.prototype)
  return promise.then(
    (value) => {
      tell(watch, value, false)
      return value
    },
    (error: unknown) => {
      tell(watch, undefined, true)
      throw error
    },
  )
}

/** A reaction of ours beside those of the app, which run in the order in which the app asked for them. */
function observed(promise: Promise<unknown>, watch: Watch): Promise<unknown> {
  watch.isRead = true
  Reflect.setPrototypeOf(promise, NativePromise.prototype)
  promise.then(
    (value) => tell(watch, value, false),
    () => tell(watch, undefined, true),
  )
  return promise
}

/** Whether `await` or another promise reads, and no function that somebody wrote. */
function isOfLanguage(onFulfilled: unknown): boolean {
  return typeof onFulfilled === 'function' && onFulfilled.name === '' && NATIVE.test(toText.call(onFulfilled))
}

const toText = Function.prototype.toString
const NATIVE = /^function \(\) \{ \[native code\] \}$/u

function tell(watch: Watch, value: unknown, isRejected: boolean): void {
  const { listeners } = watch
  watch.listeners = []
  watch.isRead = false
  for (const listener of listeners) listener(value, isRejected)
}

/** A promise of the language itself: a class derived from it, or a promise with a `then` of its own, has its own ways. */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  if (!types.isPromise(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== NativePromise.prototype && prototype !== UnreadPromise.prototype) return false
  return !Object.hasOwn(value, 'then') && !Object.hasOwn(value, 'constructor')
}

/** One that the app put nothing on. */
export function isBarePromise(value: Promise<unknown>): boolean {
  return Object.getOwnPropertyNames(value).length === 0
}

/**
 * Tells `onSettled` when the promise settles, before whoever reads it from now on. The promise stays the same object,
 * and stays unhandled where nobody handles it. Throws where it is frozen.
 */
export function watchPromise(promise: Promise<unknown>, onSettled: OnSettled): void {
  let watch = WATCHES.of(promise)
  if (watch?.isRead !== true) Object.setPrototypeOf(promise, UnreadPromise.prototype)
  if (watch === undefined) WATCHES.put(promise, (watch = { listeners: [], isRead: false }))
  if (watch.listeners.length < MAX_LISTENERS) watch.listeners.push(onSettled)
}

/** Whether a promise has not settled yet, as far as anybody can know without becoming its reader. */
export function isPending(promise: Promise<unknown>): boolean {
  return WATCHES.of(promise)?.isRead === true || seemsPending(promise)
}

/** Only of one that is fulfilled is anything of the app looked at, which may throw. */
function seemsPending(promise: Promise<unknown>): boolean {
  try {
    return PENDING.test(inspect(promise, SHALLOW))
  } catch {
    return false
  }
}

const PENDING = /^[^{]*\{\s*<pending>/u

const SHALLOW = { depth: 0, customInspect: false, getters: false, maxStringLength: 0, maxArrayLength: 0 } as const
