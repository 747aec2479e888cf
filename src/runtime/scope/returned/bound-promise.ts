import { inspect, types } from 'node:util'
import { createPrivateSlot } from '../../../base/private-slot.ts'

/** Called once, when the promise has settled and before its first reader learns of it. */
export type OnSettled = (value: unknown, isRejected: boolean) => void

interface Watch {
  /** Emptied once they have been called. */
  listeners: OnSettled[]
  /** Whether the promise has a reader, so that `listeners` will be called. */
  isRead: boolean
}

const WATCHES = createPrivateSlot<Watch>()

/** An app may return one promise for each request without anyone reading it. Whether it is pending is still known. */
const MAX_LISTENERS = 256

/** The promise class of the language, even if the global one was replaced. */
const NativePromise = (async () => {})().constructor as PromiseConstructor

/**
 * Turns a watched promise of the app, in place, into one that waits for its first reader. A reaction of ours before
 * that would count as a handler and hide a rejection that the app forgot. `await` looks up `then` only if the
 * constructor isn't the language's own. With its first reader the promise becomes what it was.
 */
class UnreadPromise extends NativePromise<unknown> {
  /** Promises derived from it are ordinary ones. */
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
 * Our reaction runs between the promise and its first reader, and before those of all later ones. It is the only one,
 * so V8 can follow it for the stack traces of errors.
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

/** Adds our reaction to those of the app, which run in the order in which the app added them. */
function observed(promise: Promise<unknown>, watch: Watch): Promise<unknown> {
  watch.isRead = true
  Reflect.setPrototypeOf(promise, NativePromise.prototype)
  promise.then(
    (value) => tell(watch, value, false),
    () => tell(watch, undefined, true),
  )
  return promise
}

/** Whether `await` or another promise reads it, and not a function that someone wrote. */
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

/** Whether it is a promise of the language itself: derived classes and own `then` methods work in their own ways. */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  if (!types.isPromise(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== NativePromise.prototype && prototype !== UnreadPromise.prototype) return false
  return !Object.hasOwn(value, 'then') && !Object.hasOwn(value, 'constructor')
}

/** A promise without properties from the app. */
export function isBarePromise(value: Promise<unknown>): boolean {
  return Object.getOwnPropertyNames(value).length === 0
}

/**
 * Calls `onSettled` when the promise settles, before any later reader. The promise stays the same object, and stays
 * unhandled if nobody handles it. Throws if it is frozen.
 */
export function watchPromise(promise: Promise<unknown>, onSettled: OnSettled): void {
  let watch = WATCHES.of(promise)
  if (watch?.isRead !== true) Object.setPrototypeOf(promise, UnreadPromise.prototype)
  if (watch === undefined) WATCHES.put(promise, (watch = { listeners: [], isRead: false }))
  if (watch.listeners.length < MAX_LISTENERS) watch.listeners.push(onSettled)
}

/** Whether a promise has not settled yet, as far as anyone can tell without becoming its reader. */
export function isPending(promise: Promise<unknown>): boolean {
  return WATCHES.of(promise)?.isRead === true || seemsPending(promise)
}

function seemsPending(promise: Promise<unknown>): boolean {
  return PENDING.test(shown(promise))
}

/** Whether a promise that nobody reads has been rejected. */
export function seemsRejected(promise: Promise<unknown>): boolean {
  return REJECTED.test(shown(promise))
}

/** Only a settled promise makes this look at an object of the app, which may throw. */
function shown(promise: Promise<unknown>): string {
  try {
    return inspect(promise, SHALLOW)
  } catch {
    return ''
  }
}

const PENDING = /^[^{]*\{\s*<pending>/u
const REJECTED = /^[^{]*\{\s*<rejected>/u

const SHALLOW = { depth: 0, customInspect: false, getters: false, maxStringLength: 0, maxArrayLength: 0 } as const
