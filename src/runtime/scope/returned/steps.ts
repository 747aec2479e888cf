import { types } from 'node:util'
import type { Bound } from './bound.ts'
import { registered } from './callback.ts'
import { hasMethod, ownValue } from './in-place.ts'
import type { Replacement } from './in-place.ts'

/**
 * Generators, iterators and the cursors of databases: each step runs inside, and so does what they do when the reader
 * leaves early.
 */
export function stepMethods(bound: Bound): readonly Replacement[] {
  return [
    {
      keys: ['next', 'return', 'throw', 'tryNext', 'hasNext'],
      around: (call, args) => bound.step(call, args, isLastStep),
    },
    { keys: [Symbol.asyncIterator, Symbol.iterator], around: (call, args) => bound.made(bound.run(() => call(args))) },
  ]
}

/** What can be iterated over as often as anybody likes: each iterator goes on for itself. */
export function iterableMethods(bound: Bound): readonly Replacement[] {
  return [
    {
      keys: [Symbol.asyncIterator],
      around: (call, args) => {
        const iterator = bound.made(bound.run(() => call(args)))
        bound.handOver()
        return iterator
      },
    },
  ]
}

/** Cursors give null for the end. */
export function isLastStep(step: unknown): boolean {
  if (typeof step !== 'object' || step === null) return step === undefined || step === null
  return ownValue(step, 'done') === true
}

/**
 * What starts the work of a lazy result, or reads all that is left of it: of the builders of knex, Kysely, Drizzle,
 * TypeORM, Mongoose, Prisma, PostgREST and Neo4j, of pipelines of Redis, of cursors, and of the promises of model clients.
 * Names that an object lacks cost next to nothing, and one that only builds runs inside for nothing.
 */
const RUNNING: readonly string[] = [
  ['exec', 'execute', 'executeTakeFirst', 'executeTakeFirstOrThrow', 'run', 'all', 'get', 'values'],
  ['getMany', 'getOne', 'getOneOrFail', 'getRawMany', 'getRawOne', 'getManyAndCount', 'getCount'],
  ['stream', 'cursor', 'asCallback', 'pipe', 'explain', 'requestTransaction', 'toPromise'],
  ['toArray', 'forEach', 'read', 'getRow', 'getRows', 'fetch', 'close'],
  ['promise', 'send', 'commit', 'execAsPipeline', 'summary', 'records', 'subscribe'],
  ['asResponse', 'withResponse', 'parse', 'tee', 'toReadableStream'],
].flat()

/** The work starts when it is asked for; callbacks run where they were passed. */
export function runningMethods(bound: Bound): readonly Replacement[] {
  return [{ keys: RUNNING, around: (call, args) => bound.step(call, registered(args), madeOf(bound)) }]
}

function madeOf(bound: Bound): (result: unknown) => boolean {
  return (result) => {
    bound.made(result)
    return true
  }
}

/** The language's own iterators over arrays, maps and strings run no code of the app. */
export function isIterator(value: object): boolean {
  if (types.isGeneratorObject(value)) return true
  if (types.isMapIterator(value) || types.isSetIterator(value)) return false
  if (BUILT_IN.has(Reflect.getPrototypeOf(value))) return false
  return hasMethod(value, 'next') && (hasMethod(value, Symbol.asyncIterator) || hasMethod(value, Symbol.iterator))
}

/** An own `next` on one of these would make V8 give up what it does for all spreads and loops of the process. */
const BUILT_IN: ReadonlySet<object | null> = new Set(
  [[].values(), ''[Symbol.iterator](), ''.matchAll(/a/gu)].map((iterator) => Reflect.getPrototypeOf(iterator)),
)

/** That of a database: some are iterators, and some are read, such as that of `pg-cursor`. */
export function isCursor(value: object): boolean {
  if (!hasMethod(value, 'close') || hasMethod(value, 'pipe')) return false
  return hasMethod(value, 'read') || isIterator(value)
}

/** What has to be executed by name; that it can say its text, or takes commands, tells it from anything else. */
export function isBuilder(value: object): boolean {
  const has = (key: string) => hasMethod(value, key)
  if (has('execute') || has('getMany')) return ['compile', 'toSQL', 'getSql', 'getQuery'].some(has)
  return (has('exec') && (has('addBatch') || has('addCommand'))) || (has('promise') && has('send'))
}
