import { forNobody, thisPlace } from '../runtime/binding/binding.ts'
import type { Place } from '../runtime/binding/binding.ts'
import { commonPlace } from './common-place.ts'
import { bound, replaced } from './library.ts'
import type { Call, Exports, Library } from './library.ts'

/** The property with a queue's waiting tasks. */
const TASKS = '_tasks'

/** What an `async` queue keeps for each task. */
type Item = object

interface Tasks {
  [method: string]: unknown
}

interface Queue {
  [method: string]: unknown
  [TASKS]: Tasks
  workersList(): readonly Item[]
}

/** The place where each task of one queue was pushed. */
class Pushers {
  readonly #places = new WeakMap<Item, Place>()
  #pushing: Place | undefined
  #queue: Queue | undefined

  /** Records the pushes to a queue that the library made. */
  watch(queue: Queue): Queue {
    if (typeof queue[TASKS] !== 'object' || typeof queue.workersList !== 'function') return queue
    this.#queue = queue
    for (const method of INSERTING) this.#noteItems(queue[TASKS], method)
    for (const method of PUSHING) this.#notePushes(queue, method)
    return queue
  }

  /** A worker that runs where its tasks were pushed. `isMany`: it gets several at once. */
  around(worker: Call, isMany: boolean): Call {
    const whoPushed = (tasks: unknown) => this.#commonPlace(isMany && Array.isArray(tasks) ? tasks.length : 1)
    const replacement = function (this: unknown, tasks: unknown, ...done: unknown[]): unknown {
      const run = () => Reflect.apply(worker, this, [tasks, ...done.map(nobodys)]) as unknown
      const place = whoPushed(tasks)
      return place === undefined ? forNobody(run) : place.run(run)
    }
    // The library asks whether a worker returns a promise or takes a callback.
    const tag: unknown = Reflect.get(worker, Symbol.toStringTag)
    return tag === undefined ? replacement : Object.defineProperty(replacement, Symbol.toStringTag, { value: tag })
  }

  #noteItems(tasks: Tasks, method: string): void {
    const insert = tasks[method]
    if (typeof insert !== 'function') return
    tasks[method] = (...args: unknown[]): unknown => {
      const item = args.at(-1)
      if (this.#pushing !== undefined && typeof item === 'object' && item !== null)
        this.#places.set(item, this.#pushing)
      return Reflect.apply(insert, tasks, args)
    }
  }

  #notePushes(queue: Queue, method: string): void {
    const push = queue[method]
    if (typeof push !== 'function') return
    queue[method] = (...given: unknown[]): unknown => {
      const [outer, args] = [this.#pushing, given.map((arg, index) => (index === 0 ? arg : bound(arg)))]
      this.#pushing = thisPlace()
      try {
        return forNobody(() => Reflect.apply(push, queue, args) as unknown)
      } finally {
        this.#pushing = outer
      }
    }
  }

  /** The queue has just moved the tasks for its worker to the end of this list. */
  #commonPlace(count: number): Place | undefined {
    const items = this.#queue?.workersList().slice(-count) ?? []
    return commonPlace(items.map((item) => this.#places.get(item)))
  }
}

const INSERTING = ['push', 'unshift', 'insertBefore', 'insertAfter']
const PUSHING = ['push', 'pushAsync', 'unshift', 'unshiftAsync']

/** When a worker is done, the queue goes on to the next task, which isn't part of the worker's. */
function nobodys(done: unknown): unknown {
  return typeof done === 'function' ? (...result: unknown[]) => forNobody(() => done(...result) as unknown) : done
}

function around(isMany: boolean): (original: Call) => Call {
  return (original) =>
    function (this: unknown, worker: unknown, ...options: unknown[]): unknown {
      if (typeof worker !== 'function') return Reflect.apply(original, this, [worker, ...options])
      const pushers = new Pushers()
      const args = [pushers.around(worker as Call, isMany), ...options]
      return pushers.watch(Reflect.apply(original, this, args) as Queue)
    }
}

/** The factories that exist in some release, and whether their worker gets several tasks at once. */
const FACTORIES: Readonly<Record<string, boolean>> = {
  queue: false,
  priorityQueue: false,
  cargo: true,
  cargoQueue: true,
}

function applyToAll(exports: Exports): unknown {
  const holders = [exports, exports['default']].filter((holder) => typeof holder === 'object' && holder !== null)
  for (const holder of holders as Record<string, unknown>[]) {
    for (const [name, isMany] of Object.entries(FACTORIES)) {
      const factory = holder[name]
      if (typeof factory === 'function') holder[name] = replaced(factory as Call, around(isMany))
    }
  }
  return exports
}

const applyToOne = (isMany: boolean) => (exports: Exports) => {
  if (typeof exports === 'function') return replaced(exports, around(isMany))
  const factory = exports['default']
  return typeof factory === 'function'
    ? Object.assign(exports, { default: replaced(factory as Call, around(isMany)) })
    : exports
}

export const ASYNC: Library = {
  name: 'async',
  versions: '>=2.3.0 <4',
  binds:
    'tasks given to a `queue`, `priorityQueue`, `cargo` or `cargoQueue`, and their callbacks; a cargo of several users is nobody’s',
  patches: [
    { apply: applyToAll },
    ...Object.entries(FACTORIES).map(([name, isMany]) => ({ file: `${name}.js`, apply: applyToOne(isMany) })),
  ],
}
