import { AsyncResource } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { types } from 'node:util'
import { isPlainPromise, watchPromise } from './bound-promise.ts'
import { fault } from './fault.ts'
import { createNotes } from './notes.ts'
import type { Ending, Scope } from './scope.ts'

/** The binding that a function was run in, for what it returned. */
export interface Owner {
  readonly scope: Scope
  /** Runs work inside the binding. */
  run<R>(work: () => R): R
  /** Whether an emitter that is returned, such as a worker or a pool, is there for others than this principal too. */
  readonly namesPrincipal: boolean
}

/**
 * Has what a function returned run inside its binding, where it runs later: the steps of a generator, an async iterable,
 * a cursor or a web stream, a lazy thenable, an Observable, and what a promise brings of these. It is bound in place:
 * its own methods are replaced by ones that enter the binding, and it stays the very same object. What cannot be bound
 * in place, because it is frozen or belongs to several bindings, is left alone and counts a fault.
 */
export function bindReturned(value: unknown, owner: Owner): void {
  const { scope } = owner
  if (typeof value !== 'object' || value === null) return scope.returned('open')
  if (!isPlainPromise(value)) return scope.returned(attempt(() => endingOfValue(value, owner)) ?? 'open')
  scope.awaits(value)
  attempt(() => watchPromise(value, (settled) => scope.settled(endingOfPromise(settled, owner))))
}

/** A callback may be waiting, or what was returned works on by itself. */
function endingOfValue(value: object, owner: Owner): Ending {
  bindKind(value, owner)
  return isSharedEmitter(value, owner) ? 'over' : 'open'
}

/** What a promise brought tells how long the work goes on. */
function endingOfPromise(value: unknown, owner: Owner): Ending {
  if (typeof value !== 'object' || value === null) return 'over'
  const ending = attempt(() => bindKind(value, owner) ?? (holdsStream(value) ? 'open' : 'over'))
  return ending ?? 'open'
}

function attempt<T>(step: () => T): T | undefined {
  try {
    return step()
  } catch (error) {
    fault('binding', LEFT_ALONE, error)
    return undefined
  }
}

const LEFT_ALONE =
  'what was returned could not be bound in place and runs unbound; return another object, or wrap its callbacks in bindAttribution(fn)'

/** Undefined where there is nothing to bind; `over` where the scope is held until the last step. */
function bindKind(value: object, owner: Owner): Ending | undefined {
  if (isWebStream(value)) return bindOnce(value, owner, bindStream)
  if (isResponse(value)) return value.body === null ? undefined : bindOnce(value.body, owner, bindStream)
  if (isFunctionAt(value, 'then')) return bindOnce(value, owner, bindThenable)
  if (isObservable(value)) return bindOnce(value, owner, bindObservable)
  if (isIterator(value)) return bindOnce(value, owner, bindSteps)
  return isAsyncIterable(value) ? bindOnce(value, owner, bindIterable) : undefined
}

/** Whose binding an object is bound to. */
interface Bound {
  readonly owner: Owner
  /** Undefined where the owners do not agree on whose work it is: it then runs as it would without us. */
  run: Owner['run'] | undefined
  /** Released when the last step is done. */
  readonly holds: (() => void)[]
}

const BOUND = createNotes<Bound>()

type Bind = (target: object, bound: Bound) => Ending

/** The innermost binding stays in force: it holds what the outer ones bound. One of unrelated work ends the matter. */
function bindOnce(target: object, owner: Owner, bind: Bind): Ending {
  const known = BOUND.of(target)
  if (known === undefined) {
    const bound: Bound = { owner, run: (work) => owner.run(work), holds: [] }
    const ending = bind(target, bound)
    BOUND.put(target, bound)
    if (ending === 'over') bound.holds.push(owner.scope.hold())
    return ending
  }
  const isRelated = known.owner.scope.isWithin(owner.scope) !== false || owner.scope.isWithin(known.owner.scope)
  if (isRelated === false && known.run !== undefined) {
    known.run = undefined
    fault(
      'binding',
      'one object was returned for different work; it runs unbound, so return an object of its own to each',
    )
  }
  if (known.holds.length === 0) return 'open'
  known.holds.push(owner.scope.hold())
  return 'over'
}

function release({ holds }: Bound): void {
  for (const releaseOne of holds) releaseOne()
}

/** What `bind` made of a method sees the arguments and the result; `this` stays what the caller made it. */
type Around = (call: (args: readonly unknown[]) => unknown, args: readonly unknown[]) => unknown

/** Replaces methods of an object by own ones that enter the binding. Throws where the object does not let it. */
function replace(target: object, keys: readonly PropertyKey[], bound: Bound, around: Around): void {
  for (const key of keys) {
    const method: unknown = Reflect.get(target, key)
    if (typeof method !== 'function') continue
    const value = function (this: unknown, ...given: unknown[]): unknown {
      const { run } = bound
      if (run === undefined) return Reflect.apply(method, this, given)
      return around((args) => run(() => Reflect.apply(method, this, args)), given)
    }
    Object.defineProperty(target, key, { value, configurable: true, writable: true, enumerable: false })
  }
}

const inside: Around = (call, args) => call(args)

/** The steps of generators, iterators and the cursors of databases. */
const STEPS = ['next', 'return', 'throw', 'tryNext', 'hasNext']
/** What reads all that is left. */
const LAST_STEPS = ['toArray', 'forEach', 'close']

function bindSteps(target: object, bound: Bound): Ending {
  replace(target, STEPS, bound, (call, args) => ended(call(args), bound))
  replace(target, LAST_STEPS, bound, (call, args) => releasing(call(args), bound))
  replace(target, [Symbol.asyncIterator, Symbol.iterator], bound, (call, args) => {
    const iterator = call(args)
    if (iterator !== target) bindMade(iterator, bound)
    return iterator
  })
  return 'over'
}

/** The scope goes on until a step says that it was the last. */
function ended(step: unknown, bound: Bound): unknown {
  if (typeof step !== 'object' || step === null) return step
  if (isPlainPromise(step)) attempt(() => watchPromise(step, (result) => void endedBy(result, bound)))
  else endedBy(step, bound)
  return step
}

/** A step that rejected has brought nothing, and nothing comes after it. */
function endedBy(result: unknown, bound: Bound): void {
  const isLast = result === undefined || (result as Partial<IteratorResult<unknown>>).done === true
  if (isLast) release(bound)
}

function bindIterable(target: object, bound: Bound): Ending {
  replace(target, [Symbol.asyncIterator], bound, (call, args) => bindMade(call(args), bound))
  // A stream of Node reads its source here, on behalf of whoever asks.
  if (isFunctionAt(target, 'pipe')) replace(target, ['_read'], bound, inside)
  return 'open'
}

/** Binds what a method of something bound made. */
function bindMade(made: unknown, { owner }: Bound): unknown {
  if (typeof made === 'object' && made !== null) attempt(() => bindKind(made, owner))
  return made
}

function bindStream(target: object, bound: Bound): Ending {
  replace(target, ['getReader'], bound, (call, args) => {
    const reader = call(args) as object
    replace(reader, ['read'], bound, (read, given) => ended(read(given), bound))
    replace(reader, ['cancel'], bound, (cancel, given) => releasing(cancel(given), bound))
    return reader
  })
  replace(target, ['cancel', 'pipeTo'], bound, (call, args) => releasing(call(args), bound))
  replace(target, [Symbol.asyncIterator, 'values', 'pipeThrough'], bound, (call, args) => bindMade(call(args), bound))
  replace(target, ['tee'], bound, (call, args) => {
    const branches = call(args)
    for (const branch of branches as readonly unknown[]) bindMade(branch, bound)
    return branches
  })
  // Some classes derived from it are their own iterators, and read through `getReader`.
  return 'over'
}

function releasing(done: unknown, bound: Bound): unknown {
  if (typeof done === 'object' && done !== null && isPlainPromise(done)) {
    attempt(() => watchPromise(done, () => release(bound)))
  }
  return done
}

/** The work starts when somebody awaits it; whoever awaits goes on where they were. */
function bindThenable(target: object, bound: Bound): Ending {
  const { owner } = bound
  replace(target, ['then', 'catch', 'finally'], bound, (call, args) => {
    const letGo = owner.scope.hold()
    return call(args.map((callback) => outside(callback, letGo)))
  })
  return 'open'
}

function outside(callback: unknown, letGo: () => void): unknown {
  if (typeof callback !== 'function') return callback
  const there = AsyncResource.bind(callback as (...args: unknown[]) => unknown)
  return (...args: unknown[]): unknown => {
    letGo()
    return there(...args)
  }
}

function bindObservable(target: object, bound: Bound): Ending {
  replace(target, ['subscribe', 'forEach'], bound, inside)
  return 'open'
}

function isFunctionAt(value: object, key: PropertyKey): boolean {
  return typeof Reflect.get(value, key) === 'function'
}

function isWebStream(value: object): value is ReadableStream<unknown> {
  return typeof ReadableStream === 'function' && value instanceof ReadableStream
}

function isResponse(value: object): value is Response {
  return typeof Response === 'function' && value instanceof Response
}

/** As RxJS and its like mark them: clients of message brokers have a `subscribe` too. */
function isObservable(value: object): boolean {
  const mark = (Symbol as { readonly observable?: symbol }).observable ?? '@@observable'
  return isFunctionAt(value, 'subscribe') && (isFunctionAt(value, mark) || isFunctionAt(value, '@@observable'))
}

function isIterator(value: object): boolean {
  if (types.isGeneratorObject(value)) return true
  return isFunctionAt(value, 'next') && (isAsyncIterable(value) || isFunctionAt(value, Symbol.iterator))
}

function isAsyncIterable(value: object): boolean {
  return isFunctionAt(value, Symbol.asyncIterator)
}

/** A worker, a pool or a client lives longer than the request that made it, and works for others too. */
function isSharedEmitter(value: object, { namesPrincipal }: Owner): boolean {
  return namesPrincipal && value instanceof EventEmitter && !isFunctionAt(value, 'pipe') && !isAsyncIterable(value)
}

/** At most so many properties of a result are looked at. */
const MAX_PROPERTIES = 64

/** Whether a result holds a stream that is still being made, as those of the Vercel AI SDK do. */
function holdsStream(value: object): boolean {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return false
  for (const key of Object.keys(value).slice(0, MAX_PROPERTIES)) {
    const held: unknown = Object.getOwnPropertyDescriptor(value, key)?.value
    if (typeof held === 'object' && held !== null && (isWebStream(held) || isAsyncIterable(held))) return true
  }
  return false
}
