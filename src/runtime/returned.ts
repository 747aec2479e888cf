import { types } from 'node:util'
import { fault } from './fault.ts'

/** Runs work inside the binding that it was made for. */
export type Run = <R>(work: () => R) => R

/**
 * What runs later runs inside the binding too: a generator, an async iterable or a web stream comes back as an object
 * of the same kind whose steps are run by `run`, and so does one that a promise brings. Anything else comes back
 * as it is.
 */
export function keepBound<T>(value: T, run: Run): T {
  if (typeof value !== 'object' || value === null) return value
  try {
    return boundObject(value, run)
  } catch (error) {
    fault('binding', 'what was returned could not be looked at', error)
    return value
  }
}

function boundObject<T extends object>(value: T, run: Run): T {
  if (isPlainPromise(value)) return value.then((settled: unknown) => keepBound(settled, run)) as T
  if (isWebStream(value)) return boundStream(value, run) as T
  if (types.isGeneratorObject(value) || isAsyncIterable(value)) return boundSteps(value, run)
  return value
}

/** A subclass of Promise has methods of its own, which a derived promise would lose. */
function isPlainPromise(value: object): value is Promise<unknown> {
  return types.isPromise(value) && value.constructor === Promise
}

function isWebStream(value: object): value is ReadableStream<unknown> {
  return typeof ReadableStream === 'function' && value instanceof ReadableStream
}

function isAsyncIterable(value: object): boolean {
  return typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function'
}

const STEPS: ReadonlySet<PropertyKey> = new Set(['next', 'return', 'throw', Symbol.asyncIterator, Symbol.iterator])

/** Methods run on the object itself, so that private fields and internal slots work through the proxy. */
function boundSteps<T extends object>(target: T, run: Run): T {
  const methods = new Map<PropertyKey, unknown>()
  const proxy: T = new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function' || key === 'constructor') return value
      const known = methods.get(key)
      if (known !== undefined) return known
      const call = (...args: unknown[]): unknown => Reflect.apply(value, target, args)
      const method = STEPS.has(key) ? (...args: unknown[]) => boundStep(run(() => call(...args))) : call
      methods.set(key, method)
      return method
    },
  })
  const boundStep = (result: unknown): unknown => {
    if (result === target) return proxy
    return isIterator(result) ? boundSteps(result, run) : result
  }
  return proxy
}

function isIterator(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function'
}

/** Reads one chunk for each that is asked for, so that nothing runs earlier than it did. */
function boundStream(source: ReadableStream<unknown>, run: Run): ReadableStream<unknown> {
  if (source.locked) return source
  const isBytes = takesBytes(source)
  const reader = run(() => source.getReader())
  const cancel = (reason: unknown) => run(() => reader.cancel(reason))
  const pull = (controller: StreamController) => run(() => pullOne(reader, controller))
  return isBytes
    ? new ReadableStream({ type: 'bytes', pull, cancel })
    : new ReadableStream({ pull, cancel }, { highWaterMark: 0 })
}

type StreamController = ReadableStreamDefaultController<unknown> | ReadableByteStreamController

async function pullOne(reader: ReadableStreamDefaultReader<unknown>, controller: StreamController): Promise<void> {
  const { done, value } = await reader.read()
  if (!done) return controller.enqueue(value as never)
  controller.close()
  // A reader that lent its own buffer waits for an answer even at the end.
  const lender = controller as { readonly byobRequest?: { respond(bytes: number): void } | null }
  lender.byobRequest?.respond(0)
}

/** Only a byte stream lends out such a reader. */
function takesBytes(stream: ReadableStream<unknown>): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}
