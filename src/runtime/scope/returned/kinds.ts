import { EventEmitter } from 'node:events'
import { types } from 'node:util'
import { createPrivateSlot } from '../../../base/private-slot.ts'
import { Bound } from './bound.ts'
import type { Owner } from './bound.ts'
import { isPlainPromise } from './bound-promise.ts'
import { hasMethod, mayHaveMethod, ownValue, replaceMethods, tagOf } from './in-place.ts'
import type { Replacement } from './in-place.ts'
import { attempt } from './left-alone.ts'
import { observableMethods } from './observable.ts'
import { isBuilder, isCursor, isIterator, iterableMethods, runningMethods, stepMethods } from './steps.ts'
import { thenableMethods } from './thenable.ts'
import { nodeStreamMethods, readableMethods, readerMethods, writableMethods, writerMethods } from './web-stream.ts'

/**
 * Makes an object that runs later run inside its binding: a generator, an async iterable, a cursor, a stream, a lazy
 * thenable, an Observable. For an array or a plain object, it binds what the object holds; for a response, its body.
 * Returns whether it bound anything, and throws if that can't be done in place.
 */
export function bindLater(value: unknown, owner: Owner): boolean {
  return isObject(value) && (bindObject(value, owner) || bindHeld(value, owner))
}

function bindObject(value: object, owner: Owner): boolean {
  const parts = PARTS.get(tagOf(value))
  if (parts === undefined) return bindOnce(value, owner)
  const found = parts.map((key): unknown => Reflect.get(value, key)).filter(isObject)
  return found.map((part) => bindOnce(part, owner)).includes(true)
}

/** Objects that contain others, by tag. */
const PARTS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['Response', ['body']],
  ['TransformStream', ['readable', 'writable']],
])

const BOUND = createPrivateSlot<Bound>()

function bindOnce(target: object, owner: Owner): boolean {
  const known = BOUND.of(target)
  if (known !== undefined) {
    known.returnedFor(owner)
    return true
  }
  const kinds = KINDS.filter(({ isKind }) => isKind(target))
  if (kinds.length === 0) return false
  const bound = new Bound(owner, bindLater, endOf(target))
  const replacements = kinds.flatMap(({ methods }) => methods(bound))
  replaceMethods(target, replacements, () => bound.isOn)
  BOUND.put(target, bound)
  bound.returnedFor(owner)
  return true
}

interface Kind {
  isKind(target: object): boolean
  methods(bound: Bound): readonly Replacement[]
}

/** An object may be of several kinds. The first one decides about a method that they share. */
const KINDS: readonly Kind[] = [
  { isKind: (target) => hasMethod(target, 'getReader'), methods: readableMethods },
  { isKind: (target) => hasMethod(target, 'getWriter'), methods: writableMethods },
  { isKind: (target) => hasMethod(target, 'releaseLock') && hasMethod(target, 'read'), methods: readerMethods },
  { isKind: (target) => hasMethod(target, 'releaseLock') && hasMethod(target, 'write'), methods: writerMethods },
  { isKind: isThenable, methods: thenableMethods },
  { isKind: isObservable, methods: observableMethods },
  { isKind: isIterator, methods: stepMethods },
  { isKind: (target) => hasMethod(target, Symbol.asyncIterator), methods: iterableMethods },
  { isKind: isNodeStream, methods: nodeStreamMethods },
  { isKind: (target) => isThenable(target) || isCursor(target) || isBuilder(target), methods: runningMethods },
]

function isThenable(value: object): boolean {
  return mayHaveMethod(value, 'then') && !isPlainPromise(value)
}

/** A short array may hold queries. A longer one holds rows. */
const FEW = ['0', '1', '2', '3', '4', '5', '6', '7']

/** The names under which results hold what is read later. Looking at all keys of an object would be too much. */
const HOLDING: readonly string[] = [
  ['data', 'body', 'Body', 'stream', 'textStream', 'fullStream', 'eventStream', 'events', 'completion', 'output'],
  ['result', 'results', 'value', 'query', 'cursor', 'iterator', 'iterable', 'generator', 'readable', 'writable'],
].flat()

/** Binds what a result holds besides other things. Skips what serves everyone, such as a bus or a pool. */
function bindHeld(value: object, owner: Owner): boolean {
  let isAnyBound = false
  for (const held of heldBy(value)) {
    if (isObservable(held) || isEmitter(held)) continue
    if (attempt(() => bindObject(held, owner)) === true) isAnyBound = true
  }
  return isAnyBound
}

function heldBy(value: object): readonly object[] {
  if (types.isProxy(value)) return []
  if (Array.isArray(value)) return value.length > FEW.length ? [] : ownObjects(value, FEW)
  return Reflect.getPrototypeOf(value) === Object.prototype ? ownObjects(value, HOLDING) : []
}

/** Objects that an object has as its own properties. Doesn't run getters. */
function ownObjects(value: object, keys: readonly string[]): readonly object[] {
  return keys.map((key) => ownValue(value, key)).filter(isObject)
}

/** Whether a result has its own class and a stream that is still being made, as in the Vercel AI SDK. */
export function holdsStream(value: object): boolean {
  if (types.isProxy(value) || Array.isArray(value) || ArrayBuffer.isView(value)) return false
  const prototype = Reflect.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return false
  return ownObjects(value, Object.keys(value)).some(isStream)
}

function isStream(value: object): boolean {
  return hasMethod(value, 'getReader') || hasMethod(value, Symbol.asyncIterator)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isNodeStream(value: object): boolean {
  return hasMethod(value, 'pipe') && (hasMethod(value, '_read') || hasMethod(value, '_write'))
}

/** A Node stream reports its end. Anything else has ended once nobody can reach it anymore. */
function endOf(target: object): () => boolean {
  const ref = new WeakRef(target)
  const tells = isNodeStream(target)
  return () => {
    const held = ref.deref()
    return held === undefined || (tells && Reflect.get(held, 'destroyed') === true)
  }
}

/** Uses the marks of RxJS and similar libraries, because clients of message brokers have a `subscribe` too. */
function isObservable(value: object): boolean {
  if (!hasMethod(value, 'subscribe')) return false
  const mark = (Symbol as { readonly observable?: symbol }).observable
  return hasMethod(value, '@@observable') || (mark !== undefined && hasMethod(value, mark))
}

/** A worker, a pool or a client, which works on its own and notifies others. */
export function isEmitter(value: object): boolean {
  return (
    !types.isProxy(value) && value instanceof EventEmitter && !hasMethod(value, 'pipe') && !mayHaveMethod(value, 'then')
  )
}
