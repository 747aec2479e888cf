import { alike } from '../base/alike.ts'
import { boundHere, forNobody } from '../runtime/binding/binding.ts'
import { guarded } from '../runtime/health/fault.ts'

/** A library that runs work later, in whatever context is active by then. */
export interface Library {
  /** Its name in the npm registry. */
  readonly name: string
  /** The versions that are patched. */
  readonly versions: string
  /** Describes what runs for whom, for the docs. */
  readonly binds: string
  readonly patches: readonly Patch[]
}

export interface Patch {
  /** A file inside the package. Default: the package's main export. */
  readonly file?: string
  /** Patches the exports in place, or returns replacements. Throws if they aren't as expected. */
  apply(exports: Exports): unknown
}

export type Exports = Readonly<Record<string, unknown>>
// oxlint-disable-next-line typescript/no-explicit-any -- Functions of any shape.
export type Call = (this: any, ...args: any[]) => any

/** Marks each function that replaces a library's own, so that two copies of this package patch it only once. */
const OURS = Symbol.for('onbehalf.queues.v1')

/** Replaces a method, once in this process. */
export function replaceMethod(target: object, name: PropertyKey, around: (original: Call) => Call): void {
  const descriptor = Object.getOwnPropertyDescriptor(target, name)
  const original: unknown = descriptor?.value
  if (typeof original !== 'function') throw new TypeError(`there is no method ${String(name)}`)
  if (Object.hasOwn(original, OURS)) return
  const put = (value: Call) => Object.defineProperty(target, name, { ...descriptor, value })
  put(
    asWrapped(marked(around(original as Call), original as Call), original, (inner) =>
      put(marked(around(inner), inner)),
    ),
  )
}

/** How OpenTelemetry instrumentations mark what they wrapped. */
interface Wrapped {
  readonly __original: Call
  readonly __wrapped: true
  readonly __unwrap: () => void
}

function isWrapped(method: object): method is Wrapped {
  return Object.hasOwn(method, '__wrapped') && Object.hasOwn(method, '__original')
}

/**
 * An instrumentation that patches again removes its own wrapper first. If that is inside ours, it must find it there,
 * or it would wrap twice and each call would make two spans.
 */
function asWrapped(replacement: Call, original: object, putAround: (inner: Call) => void): Call {
  if (!isWrapped(original)) return replacement
  const { __original: inner } = original
  return Object.defineProperties(replacement, {
    __original: { value: inner },
    __wrapped: { value: true },
    __unwrap: { value: () => putAround(inner) },
  })
}

/** The replacement of an exported function. Returns the function if it is ours already. */
export function replaced(original: Call, around: (original: Call) => Call): Call {
  return Object.hasOwn(original, OURS) ? original : marked(around(original), original)
}

function marked(replacement: Call, original: Call): Call {
  return Object.defineProperty(alike(replacement, original), OURS, { value: true })
}

/** The prototype of an exported class that has this method, for every way in which modules export it. */
export function prototypeWith(
  method: string | ((prototype: object) => boolean),
  exports: Exports,
  className = 'default',
): object {
  const has = typeof method === 'string' ? (prototype: object) => Object.hasOwn(prototype, method) : method
  const outer = exports['default'] as Exports | undefined
  for (const candidate of [exports[className], outer?.[className], outer, exports]) {
    const prototype: unknown = typeof candidate === 'function' ? candidate.prototype : undefined
    if (typeof prototype === 'object' && prototype !== null && has(prototype)) return prototype
  }
  throw new TypeError('there is no class with this method')
}

/** Binds the arguments of a call to the caller. */
type BindArguments = (args: readonly unknown[]) => readonly unknown[]

/** A method that takes work: its arguments run as they would here, and all that the queue itself does is nobody's. */
export function enqueuing(bindArguments: BindArguments): (original: Call) => Call {
  return (original) =>
    function (this: unknown, ...given: unknown[]): unknown {
      const args = boundArguments(bindArguments, given)
      return forNobody(() => Reflect.apply(original, this, args))
    }
}

/** A method that takes callbacks and may leave them waiting: they run as they would here. */
export function waiting(bindArguments: BindArguments): (original: Call) => Call {
  return (original) =>
    function (this: unknown, ...given: unknown[]): unknown {
      return Reflect.apply(original, this, boundArguments(bindArguments, given))
    }
}

/** A method that starts work for everyone. */
export function starting(original: Call): Call {
  return function (this: unknown, ...given: unknown[]): unknown {
    return forNobody(() => Reflect.apply(original, this, given))
  }
}

function boundArguments(bindArguments: BindArguments, given: readonly unknown[]): readonly unknown[] {
  return guarded('binding', 'what a queue was handed could not be bound', () => bindArguments(given), given)
}

const BOUND = new WeakSet<object>()

/** Makes a function run as it would here. Other values, and functions that are bound already, stay as they are. */
export function bound(value: unknown): unknown {
  return boundAs(value, false)
}

/** The same for a callback that continues the caller's work. */
export function boundCallback(value: unknown): unknown {
  return boundAs(value, true)
}

function boundAs(value: unknown, isCallback: boolean): unknown {
  if (typeof value !== 'function' || BOUND.has(value)) return value
  const made = alike(boundHere(value as Call, isCallback), value)
  BOUND.add(made)
  return made
}

/** Binds every function among the arguments. */
export const boundFunctions: BindArguments = (args) => args.map(bound)
export const boundCallbacks: BindArguments = (args) => args.map(boundCallback)
