import * as fc from 'fast-check'
import { concatMap, finalize, lastValueFrom, merge, Observable, of, repeat, retry, share, take, toArray } from 'rxjs'
import { expect, it } from 'vitest'
import { onBehalfOf } from '../../src/index.ts'
import { patience, runs } from './fuzzing.ts'

/** Whatever is done with a generator, a promise, a stream or an Observable: bound, it says what it says unbound. */

type Wrap = <T>(make: () => T) => T

const plain: Wrap = (make) => make()
const bound: Wrap = (make) => onBehalfOf({ principal: 'kai@contoso.com' }, make)

type Log = (said: unknown) => void

async function sayEnd(log: Log, work: () => unknown): Promise<void> {
  try {
    log(await work())
  } catch (error) {
    log(`thrown: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const GENERATORS: readonly ((log: Log) => Generator | AsyncGenerator)[] = [
  async function* (log) {
    try {
      log(yield 1)
      log(yield 2)
      return 'end'
    } catch (error) {
      log(error)
      yield 'caught'
      throw new Error('again', { cause: error })
    } finally {
      log('finally')
    }
  },
  async function* () {
    yield* [1, 2]
    throw new Error('inside')
  },
  function* (log) {
    try {
      log(yield 1)
      return 'end'
    } finally {
      yield 'finally'
    }
  },
]

const STEPS = ['next', 'next', 'return', 'throw'] as const

it(
  'a generator',
  async () => {
    const settings = runs(200)
    const said = async (wrap: Wrap, kind: number, steps: readonly (typeof STEPS)[number][]) => {
      const log: unknown[] = []
      const generator = wrap(() => (GENERATORS[kind] as (typeof GENERATORS)[number])((one) => log.push(one)))
      for (const [index, step] of steps.entries())
        await sayEnd(
          (one) => log.push(one),
          () => generator[step](index),
        )
      return log
    }
    const steps = fc.array(fc.constantFrom(...STEPS), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.nat(GENERATORS.length - 1), steps, async (kind, taken) => {
        expect(await said(bound, kind, taken)).toEqual(await said(plain, kind, taken))
      }),
      settings,
    )
  },
  patience(runs(200)),
)

const PROMISES: readonly (() => Promise<unknown>)[] = [
  async () => 'value',
  async () => {
    await Promise.resolve()
    throw new Error('late')
  },
  () => Promise.reject(new Error('at once')),
  () => new Promise((resolve) => void setTimeout(resolve, 1, 'slow')),
]

const READS: readonly ((promise: Promise<unknown>, log: Log) => Promise<unknown>)[] = [
  (promise, log) => promise.then(log, (error: Error) => log(error.message)),
  (promise, log) => promise.catch((error: Error) => log(error.message)),
  (promise, log) => promise.finally(() => log('finally')).catch(() => log('after')),
  (promise, log) => sayEnd(log, () => promise),
  (promise, log) => Promise.allSettled([promise, promise]).then((ends) => log(ends.map(({ status }) => status))),
  (promise, log) => sayEnd(log, () => Promise.race([promise, Promise.resolve(promise)])),
]

it(
  'a promise',
  async () => {
    const said = async (wrap: Wrap, kind: number, reads: readonly number[]) => {
      const log: unknown[] = []
      const promise = wrap(PROMISES[kind] as (typeof PROMISES)[number])
      const read = [...reads, 0].map((one) => (READS[one] as (typeof READS)[number])(promise, (said) => log.push(said)))
      await Promise.all(read)
      return log.map(String).toSorted()
    }
    const reads = fc.array(fc.nat(READS.length - 1), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(fc.nat(PROMISES.length - 1), reads, async (kind, taken) => {
        expect(await said(bound, kind, taken)).toEqual(await said(plain, kind, taken))
      }),
      runs(200),
    )
  },
  patience(runs(200)),
)

const PIPES: readonly ((observable: Observable<number>, log: Log) => Observable<number>)[] = [
  (observable) => observable.pipe(take(2)),
  (observable) => observable.pipe(retry(1)),
  (observable) => observable.pipe(share()),
  (observable) => observable.pipe(repeat(2)),
  (observable) => observable.pipe(concatMap((value) => of(value, value))),
  (observable, log) => observable.pipe(finalize(() => log('finalize'))),
  (observable) => merge(observable, observable),
]

it(
  'an Observable',
  async () => {
    const said = async (wrap: Wrap, fails: boolean, pipes: readonly number[], inner: number) => {
      const log: unknown[] = []
      let tries = 0
      const source = new Observable<number>((observer) => {
        log.push('subscribed')
        observer.next(1)
        if (fails && ++tries === 1) observer.error(new Error('first'))
        observer.next(2)
        observer.complete()
        return () => log.push('torn down')
      })
      const pipe = (observable: Observable<number>, some: readonly number[]) =>
        some.reduce((made, one) => (PIPES[one] as (typeof PIPES)[number])(made, (said) => log.push(said)), observable)
      const made = wrap(() => pipe(source, pipes.slice(0, inner)))
      await sayEnd(
        (one) => log.push(one),
        () => lastValueFrom(pipe(made, pipes.slice(inner)).pipe(toArray())),
      )
      return log
    }
    const pipes = fc.array(fc.nat(PIPES.length - 1), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(fc.boolean(), pipes, fc.nat(3), async (fails, taken, inner) => {
        expect(await said(bound, fails, taken, inner)).toEqual(await said(plain, fails, taken, inner))
      }),
      runs(200),
    )
  },
  patience(runs(200)),
)
