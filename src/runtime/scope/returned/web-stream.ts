import type { Bound } from './bound.ts'
import { inside } from './bound.ts'
import type { Around, Replacement } from './in-place.ts'
import { isLastStep } from './steps.ts'

/** A readable web stream: its source is called inside for each chunk, no matter who reads. */
export function readableMethods(bound: Bound): readonly Replacement[] {
  const made: Around = (call, args) => bound.made(bound.run(() => call(args)))
  return [
    {
      keys: ['getReader'],
      around: (call, args) =>
        reading(
          bound.run(() => call(args)),
          bound,
        ),
    },
    {
      keys: [Symbol.asyncIterator, 'values', 'tee', 'pipeThrough'],
      around: (call, args) => handedOver(made(call, args), bound),
    },
    { keys: ['cancel', 'pipeTo'], around: (call, args) => bound.step(call, args, () => true) },
  ]
}

function handedOver<T>(made: T, bound: Bound): T {
  bound.handOver()
  return made
}

function reading(reader: unknown, bound: Bound): unknown {
  bound.replace(reader as object, readerMethods(bound))
  return reader
}

export function readerMethods(bound: Bound): readonly Replacement[] {
  return [
    { keys: ['read'], around: (call, args) => bound.step(call, args, isLastStep) },
    { keys: ['cancel'], around: (call, args) => bound.step(call, args, () => true) },
  ]
}

/** A writable web stream: its sink gets each chunk inside, no matter who writes. */
export function writableMethods(bound: Bound): readonly Replacement[] {
  return [
    {
      keys: ['getWriter'],
      around: (call, args) =>
        writing(
          bound.run(() => call(args)),
          bound,
        ),
    },
    { keys: ['close', 'abort'], around: (call, args) => bound.step(call, args, () => true) },
  ]
}

function writing(writer: unknown, bound: Bound): unknown {
  bound.replace(writer as object, writerMethods(bound))
  return writer
}

export function writerMethods(bound: Bound): readonly Replacement[] {
  return [
    { keys: ['write'], around: (call, args) => bound.step(call, args, () => false) },
    { keys: ['close', 'abort'], around: (call, args) => bound.step(call, args, () => true) },
  ]
}

/** A Node stream calls its source here, on behalf of its reader. */
export function nodeStreamMethods(bound: Bound): readonly Replacement[] {
  return [{ keys: ['_read', '_write', '_writev'], around: inside(bound) }]
}
