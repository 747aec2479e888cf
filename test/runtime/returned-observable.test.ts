import { setTimeout as wait } from 'node:timers/promises'
import {
  concat,
  concatMap,
  config,
  defer,
  EMPTY,
  finalize,
  firstValueFrom,
  lastValueFrom,
  map,
  merge,
  mergeAll,
  mergeMap,
  Observable,
  of,
  retry,
  take,
  tap,
  throwError,
} from 'rxjs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { newFaults } from './faults.ts'
import { bind, KAI, MIA, who } from './lazies.ts'
import { silence, tracing } from './provider.ts'

beforeEach(() => {
  tracing()
  newFaults()
})
afterEach(silence)

const acts = () =>
  defer(async () => {
    await wait(1)
    return who()
  })

function failsOnce<T>(): (value: T) => T {
  let isFirst = true
  return (value) => {
    if (!isFirst) return value
    isFirst = false
    throw new Error('once')
  }
}

type User = string | undefined

it.each<readonly [how: string, read: (observable: Observable<User>) => Promise<User>]>([
  ['subscribed to', (observable) => new Promise((resolve) => observable.subscribe(resolve))],
  ['subscribed to by an observer', (observable) => new Promise((next) => observable.subscribe({ next }))],
  ['awaited', (observable) => firstValueFrom(observable)],
  ['piped', (observable) => lastValueFrom(observable.pipe(concatMap((user) => of(user))))],
  ['merged', (observable) => lastValueFrom(merge(observable, EMPTY))],
  ['retried', (observable) => lastValueFrom(observable.pipe(map(failsOnce()), retry(1)))],
  ['an entry of another', (observable) => lastValueFrom(of(observable).pipe(mergeAll()))],
  [
    'visited',
    async (observable) => {
      let seen: User
      await observable.forEach((user) => void (seen = user))
      return seen
    },
  ],
])('an Observable runs inside where it is %s', async (_, read) => {
  const observables = [KAI, MIA].map((user) => bind(user, acts))
  expect(await Promise.all(observables.map(read))).toEqual([KAI, MIA])
  expect(newFaults()).toEqual([])
})

it('observers are told where they subscribed, and what began inside ends inside', async () => {
  const seen: Record<string, unknown> = {}
  const note = (name: string) => () => void (seen[name] = who())
  const inner = bind(KAI, () =>
    concat(acts(), acts()).pipe(
      tap(note('inner tap')),
      finalize(note('inner finalize')),
      mergeMap((user) => of(user)),
    ),
  )
  const outer = inner.pipe(
    tap({ next: note('outer next'), complete: note('outer complete'), finalize: note('outer finalize') }),
    finalize(note('outer end')),
  )
  await bind(MIA, () => lastValueFrom(outer))
  expect(seen).toEqual({
    'inner tap': KAI,
    'inner finalize': KAI,
    'outer next': MIA,
    'outer complete': MIA,
    'outer finalize': MIA,
    'outer end': MIA,
  })
})

it('whoever leaves early ends inside what was begun inside', async () => {
  const ends: unknown[] = []
  const endless = () =>
    new Observable((observer) => {
      const timer = setInterval(() => observer.next(who()), 1)
      return () => {
        clearInterval(timer)
        ends.push(who())
      }
    })
  await firstValueFrom(bind(KAI, endless))
  await lastValueFrom(bind(KAI, endless).pipe(take(2)))
  const subscription = bind(KAI, endless).subscribe()
  await wait(3)
  subscription.unsubscribe()
  expect(ends).toEqual([KAI, KAI, KAI])
  expect(subscription.closed).toBe(true)
})

it('one that emits without end is stopped at once', async () => {
  const endless = () =>
    new Observable<number>((observer) => {
      for (let step = 0; !observer.closed; step++) observer.next(step)
    })
  expect(await lastValueFrom(bind(KAI, endless).pipe(take(3)))).toBe(2)
})

it('an error that nobody handles is reported, and nobody need observe', async () => {
  const reported: unknown[] = []
  config.onUnhandledError = (error) => void reported.push(error)
  bind(KAI, () => throwError(() => 'forgotten')).subscribe({ next: () => {} })
  bind(KAI, () => of(1)).subscribe()
  await wait(5)
  config.onUnhandledError = null
  expect(reported).toEqual(['forgotten'])
})
