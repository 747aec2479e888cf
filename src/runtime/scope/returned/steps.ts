import { types } from 'node:util'
import type { Bound } from './bound.ts'
import { registered } from './callback.ts'
import { hasMethod, ownValue } from './in-place.ts'
import type { Replacement } from './in-place.ts'

/**
 * Generators, iterators and database cursors: each step runs inside, and so does their cleanup if the reader leaves
 * early.
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

/** Objects that can be iterated over any number of times: each iterator continues on its own. */
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

/** Cursors return null at the end. */
export function isLastStep(step: unknown): boolean {
  if (typeof step !== 'object' || step === null) return step === undefined || step === null
  return ownValue(step, 'done') === true
}

/**
 * Methods that start the work of a lazy result, or read all that is left of it: of the builders of knex, Kysely,
 * Drizzle, TypeORM, Mongoose, Prisma, PostgREST and Neo4j, of Redis pipelines, of cursors, and of the promises of model
 * clients. Names that an object doesn't have cost almost nothing, and a method that only builds can run inside without
 * harm.
 */
const RUNNING: readonly string[] = [
  ['exec', 'execute', 'executeTakeFirst', 'executeTakeFirstOrThrow', 'run', 'all', 'get', 'values'],
  ['getMany', 'getOne', 'getOneOrFail', 'getRawMany', 'getRawOne', 'getManyAndCount', 'getCount'],
  ['stream', 'cursor', 'asCallback', 'pipe', 'explain', 'requestTransaction', 'toPromise'],
  ['toArray', 'forEach', 'read', 'getRow', 'getRows', 'fetch', 'close'],
  ['promise', 'send', 'commit', 'execAsPipeline', 'summary', 'records', 'subscribe'],
  ['asResponse', 'withResponse', 'parse', 'tee', 'toReadableStream'],
].flat()

/** The work starts when it is asked for. Callbacks run where they were passed. */
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

/** An own `next` on one of these would switch off optimizations that V8 makes for all spreads and loops. */
const BUILT_IN: ReadonlySet<object | null> = new Set(
  [[].values(), ''[Symbol.iterator](), ''.matchAll(/a/gu)].map((iterator) => Reflect.getPrototypeOf(iterator)),
)

/** A database cursor: some are iterators, and others have a read method, such as `pg-cursor`. */
export function isCursor(value: object): boolean {
  if (!hasMethod(value, 'close') || hasMethod(value, 'pipe')) return false
  return hasMethod(value, 'read') || isIterator(value)
}

/** A builder that must be executed by name. It is recognized by its text or by the commands it takes. */
export function isBuilder(value: object): boolean {
  const has = (key: string) => hasMethod(value, key)
  if (has('execute') || has('getMany')) return ['compile', 'toSQL', 'getSql', 'getQuery'].some(has)
  return (has('exec') && (has('addBatch') || has('addCommand'))) || (has('promise') && has('send'))
}
