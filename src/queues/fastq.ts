import { alike } from '../base/alike.ts'
import { forNobody, isNobodys, NOWHERE, thisPlace } from '../runtime/binding/binding.ts'
import type { Place } from '../runtime/binding/binding.ts'
import { bound, replaced } from './library.ts'
import type { Call, Exports, Library } from './library.ts'

/** A task and the place where it was pushed. The queue holds it instead of the task. Nothing else sees it. */
class Held {
  readonly task: unknown
  readonly place: Place = thisPlace()

  constructor(task: unknown) {
    this.task = task
  }
}

function taskOf(held: unknown): unknown {
  return held instanceof Held ? held.task : held
}

interface Queue {
  push: Call
  unshift: Call
  getQueue: Call
  error: Call
}

/** For both `fastq` and `fastq.promise`: `(context?, worker, concurrency)`. */
function around(original: Call): Call {
  return function (this: unknown, ...given: unknown[]): unknown {
    const worker = typeof given[0] === 'function' ? 0 : 1
    if (typeof given[worker] !== 'function') return Reflect.apply(original, this, given)
    const args = given.map((arg, index) => (index === worker ? asPushed(arg as Call) : arg))
    return holding(Reflect.apply(original, this, args) as Queue)
  }
}

function asPushed(worker: Call): Call {
  return function (this: unknown, held: unknown, ...done: unknown[]): unknown {
    const args = [taskOf(held), ...done.map(nobodys)]
    if (!(held instanceof Held) || (held.place === NOWHERE && isNobodys())) return Reflect.apply(worker, this, args)
    return held.place.run(() => Reflect.apply(worker, this, args) as unknown)
  }
}

/** When a worker is done, the queue goes on to the next task, which isn't part of the worker's. */
function nobodys(done: unknown): unknown {
  if (typeof done !== 'function') return done
  // If a worker answers immediately, the queue's call stack grows with each task. If nobody is bound, don't add to it.
  return (...result: unknown[]) => (isNobodys() ? done(...result) : forNobody(() => done(...result) as unknown))
}

function holding(queue: Queue): Queue {
  const { push, unshift, getQueue, error } = queue
  const pushing = (original: Call): Call =>
    alike((task: unknown, ...done: unknown[]) => {
      const [held, callbacks] = [new Held(task), done.map(bound)]
      return forNobody(() => original(held, ...callbacks) as unknown)
    }, original)
  queue.push = pushing(push)
  queue.unshift = pushing(unshift)
  queue.getQueue = alike(() => (getQueue() as unknown[]).map(taskOf), getQueue)
  queue.error = alike((handler: unknown) => error(ofTask(handler)) as unknown, error)
  return queue
}

function ofTask(handler: unknown): unknown {
  if (typeof handler !== 'function') return handler
  return (failure: unknown, held: unknown) => handler(failure, taskOf(held)) as unknown
}

/** The package's export: a function that also has itself as `default` and, since 1.11, a function for promises. */
type Fastq = Call & { promise?: Call; default?: unknown }

function apply(exports: Exports): unknown {
  const original: unknown = typeof exports === 'function' ? exports : exports['default']
  if (typeof original !== 'function') throw new TypeError("it isn't a function")
  const fastq = withPromise(original as Fastq)
  const { promise } = fastq
  return typeof exports === 'function' ? fastq : Object.assign(exports, { default: fastq }, promise && { promise })
}

function withPromise(original: Fastq): Fastq {
  const fastq: Fastq = Object.assign(replaced(original, around), original)
  if (original.promise !== undefined) fastq.promise = replaced(original.promise, around)
  if (original.default === original) fastq.default = fastq
  return fastq
}

export const FASTQ: Library = {
  name: 'fastq',
  versions: '>=1.10.0 <2',
  binds: 'tasks given to `push` and `unshift`, and their callbacks, also of `fastq.promise`',
  patches: [{ apply }],
}
