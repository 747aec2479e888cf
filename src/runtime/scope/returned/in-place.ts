import { types } from 'node:util'

/** Calls the app's own method with these arguments. */
export type Call = (args: readonly unknown[]) => unknown

/** Replaces a method: it makes the call, and does something before or after. */
export type Around = (call: Call, args: readonly unknown[]) => unknown

export interface Replacement {
  readonly keys: readonly PropertyKey[]
  readonly around: Around
}

/** Whether an object, or its class, has a method of this name. Doesn't run getters of the app. */
export function hasMethod(object: object, key: PropertyKey): boolean {
  return typeof propertyOf(object, key)?.value === 'function'
}

/** Like `hasMethod`, but a getter that may return a method counts too. */
export function mayHaveMethod(object: object, key: PropertyKey): boolean {
  const property = propertyOf(object, key)
  return property !== undefined && isCallable(property)
}

/** The value of an own property. Doesn't run getters. */
export function ownValue(object: object, key: PropertyKey): unknown {
  const descriptor = Reflect.getOwnPropertyDescriptor(object, key)
  return descriptor === undefined ? undefined : propertyFrom(descriptor, true).value
}

/** The tag of an object, if it is a value and not a getter, as on the platform's objects. */
export function tagOf(object: object): unknown {
  return propertyOf(object, Symbol.toStringTag)?.value
}

/**
 * Replaces methods of an object, all of them or none. Skips methods that the object doesn't have. While `isOn` returns
 * false, the app's own method runs as if nothing had been replaced. Throws if the object is frozen.
 */
export function replaceMethods(target: object, replacements: readonly Replacement[], isOn: () => boolean): void {
  const found: Found[] = []
  for (const { keys, around } of replacements) {
    for (const key of keys) {
      const property = found.some((known) => known.key === key) ? undefined : propertyOf(target, key)
      if (property !== undefined && isCallable(property)) found.push({ key, around, property })
    }
  }
  const isExtensible = Object.isExtensible(target)
  if (!found.every(({ property }) => mayBeReplaced(property, isExtensible))) throw new FrozenObject()
  const place = placeOf(target)
  for (const each of found) {
    Object.defineProperty(each.property.isOwn ? target : place(), each.key, replacing(each, isOn))
  }
}

class FrozenObject extends TypeError {}

/** A descriptor, without properties that code has added to `Object.prototype`. */
interface Property {
  readonly isOwn: boolean
  readonly value: unknown
  readonly get: (() => unknown) | undefined
  readonly set: ((value: unknown) => void) | undefined
  readonly enumerable: boolean
  readonly configurable: boolean
  readonly writable: boolean
}

interface Found {
  readonly key: PropertyKey
  readonly around: Around
  readonly property: Property
}

/** A proxy can have any number of prototypes. */
const MAX_PROTOTYPES = 64

/** Properties that code has added to `Object.prototype` say nothing about an object. */
function propertyOf(object: object, key: PropertyKey): Property | undefined {
  if (!(key in object)) return undefined
  let holder: object | null = object
  for (let depth = 0; depth < MAX_PROTOTYPES && holder !== null && holder !== Object.prototype; depth++) {
    const descriptor = Reflect.getOwnPropertyDescriptor(holder, key)
    if (descriptor !== undefined) return disclosed(propertyFrom(descriptor, depth === 0), object, key)
    holder = Reflect.getPrototypeOf(holder)
  }
  return undefined
}

/** A proxy may list a property but give its value only on reading, as those of Prisma do. */
function disclosed(property: Property, object: object, key: PropertyKey): Property {
  const isWithheld = property.value === undefined && property.get === undefined && types.isProxy(object)
  return isWithheld ? { ...property, value: Reflect.get(object, key) } : property
}

function propertyFrom(descriptor: PropertyDescriptor, isOwn: boolean): Property {
  const { enumerable = false, configurable = false } = descriptor
  if (Object.hasOwn(descriptor, 'value')) {
    const { value, writable = false } = descriptor as { readonly value?: unknown; readonly writable?: boolean }
    return { isOwn, value, get: undefined, set: undefined, enumerable, configurable, writable }
  }
  const { get, set } = descriptor as Pick<Property, 'get' | 'set'>
  return { isOwn, value: undefined, get, set, enumerable, configurable, writable: false }
}

function isCallable({ value, get }: Property): boolean {
  return typeof value === 'function' || get !== undefined
}

function mayBeReplaced({ isOwn, configurable, writable }: Property, isExtensible: boolean): boolean {
  return isOwn ? configurable || writable : isExtensible
}

/**
 * The object that gets the replaced methods. An own `then` on a promise would switch off optimizations that V8 makes
 * for all promises of the process, so a promise gets an object between itself and its class.
 */
function placeOf(target: object): () => object {
  if (!types.isPromise(target)) return () => target
  let between: object | undefined
  return () => {
    if (between !== undefined) return between
    between = Object.create(Object.getPrototypeOf(target) as object | null) as object
    Object.setPrototypeOf(target, between)
    return between
  }
}

function replacing({ around, property }: Found, isOn: () => boolean): PropertyDescriptor {
  const { isOwn, value, get, set } = property
  const wrap = (method: unknown) => (typeof method === 'function' ? wrapped(method, around, isOn) : method)
  if (isOwn && !property.configurable) return plain({ value: wrap(value) })
  const enumerable = isOwn && property.enumerable
  if (get === undefined) return plain({ value: wrap(value), writable: true, configurable: true, enumerable })
  const read = function (this: unknown): unknown {
    return wrap(Reflect.apply(get, this, []))
  }
  return plain({ get: read, ...(set === undefined ? {} : { set }), configurable: true, enumerable })
}

/** Properties that code has added to `Object.prototype` must not become part of a descriptor. */
function plain(descriptor: PropertyDescriptor): PropertyDescriptor {
  const { prototype } = Object
  const isClean = !('get' in prototype || 'set' in prototype || 'value' in prototype || 'writable' in prototype)
  return isClean ? descriptor : (Object.setPrototypeOf(descriptor, null) as PropertyDescriptor)
}

/** Keeps the name, the length and the properties of the app's method. */
function wrapped(method: object, around: Around, isOn: () => boolean): unknown {
  return new Proxy(method, {
    apply: (target, self, given: readonly unknown[]): unknown => {
      const call = (args: readonly unknown[]): unknown => Reflect.apply(target as () => unknown, self, args)
      return isOn() ? around(call, given) : call(given)
    },
  })
}
