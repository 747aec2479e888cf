import { SpanKind } from '@opentelemetry/api'
import { setTimeout as wait } from 'node:timers/promises'
import { defer, lastValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, currentAttribution, via } from '../../src/index.ts'
import { newFaults } from './faults.ts'
import { all, bind, iterable, KAI, MIA, Query, who } from './lazies.ts'
import { silence, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

let traced: Traced

beforeEach(() => {
  traced = tracing()
  newFaults()
})
afterEach(silence)

/** A call to the outside that starts with the first step. */
async function* act(): AsyncGenerator<number> {
  await wait(1)
  traced.tracer.startSpan('act', { kind: SpanKind.CLIENT, attributes: { 'server.address': 'shop' } }).end()
  yield 1
}

describe('one object that is returned to two users', () => {
  interface Shared<T> {
    readonly what: string
    readonly make: () => T
    readonly read: (shared: T) => Promise<readonly unknown[]>
  }
  const shared = <T>(what: string, make: () => T, read: Shared<T>['read']): Shared<unknown> => ({
    what,
    make,
    read: read as Shared<unknown>['read'],
  })
  const SHARED = [
    shared(
      'a query',
      () => new Query(who),
      async (query) => [await query],
    ),
    shared('an async iterable', () => iterable(), all),
    shared(
      'an Observable',
      () => defer(async () => who()),
      async (observable) => [await lastValueFrom(observable)],
    ),
    shared(
      'a promise of an iterable',
      () => Promise.resolve(iterable()),
      async (promise) => all(await promise),
    ),
  ]

  it.each(SHARED)('is attributed to neither: $what', async ({ make, read }) => {
    const cached = make()
    const [first, second] = [KAI, MIA].map((user) => bind(user, () => cached))
    const said = await Promise.all([read(first), read(second)])
    expect(new Set(said.flat())).toEqual(new Set([undefined]))
    expect(newFaults()).toEqual(['binding'])
  })

  it.each(SHARED)('is not put down to the first where they have read it: $what', async ({ make, read }) => {
    const cached = make()
    expect(new Set(await read(bind(KAI, () => cached)))).toEqual(new Set([KAI]))
    expect(new Set(await read(bind(MIA, () => cached)))).toEqual(new Set([undefined]))
  })

  it.each(SHARED)('is that of the second where they read it inside: $what', async ({ make, read }) => {
    const cached = make()
    bind(KAI, () => cached)
    expect(new Set(await bind(MIA, () => read(bind(MIA, () => cached))))).toEqual(new Set([MIA]))
  })

  it('is what it is where a promise brings nothing that runs later', async () => {
    const plain = wait(1).then(() => ({ plain: true }))
    const returned = [KAI, MIA].map((user) => bind(user, () => plain))
    expect(returned.every((promise) => promise === plain)).toBe(true)
    expect(await Promise.all(returned)).toEqual([{ plain: true }, { plain: true }])
    expect(newFaults()).toEqual([])
  })
})

describe('one object that is returned twice for the same work', () => {
  it('is that of the inner binding', async () => {
    const query = bind(KAI, () => via('crm', () => new Query(currentAttribution)))
    expect(await query).toMatchObject({ principal: { id: KAI }, context: { id: 'crm' } })
  })

  it('is that of the last binding where none is inside the other', async () => {
    const seen = await bind(KAI, async () => {
      const query = asAgent('planner', () => new Query(currentAttribution))
      await wait(1)
      return via('crm', () => query)
    })
    expect(seen).toMatchObject({ principal: { id: KAI }, context: { id: 'crm' } })
    expect(newFaults()).toEqual([])
  })

  it('is theirs again where the same user comes back', async () => {
    const query = new Query(who)
    expect(await bind(KAI, () => query)).toBe(KAI)
    expect(await bind(KAI, () => query)).toBe(KAI)
    expect(newFaults()).toEqual([])
  })
})

describe('what was made for one request and is read in another', () => {
  const request = <T>(work: () => Promise<T>): Promise<T> =>
    traced.tracer.startActiveSpan('GET', { kind: SpanKind.SERVER, root: true }, async (span) => {
      const result = await work()
      span.end()
      return result
    })

  it.each<readonly [string, (made: AsyncIterable<number>) => Promise<unknown>]>([
    ['that binds nobody', all],
    ['that binds somebody else', (made) => bind(MIA, () => all(made))],
  ])('is put down to nobody by one %s', async (_, read) => {
    const cached: AsyncIterable<number> = { [Symbol.asyncIterator]: act }
    let answer = () => {}
    const first = request(async () => {
      bind(KAI, () => asAgent('buyer', () => cached))
      await new Promise<void>((resolve) => (answer = resolve))
    })
    await request(() => read(cached))
    answer()
    await first
    expect(traced.one('act')).toMatchObject({ verdict: 'unknown', findings: ['stale_binding'] })
  })
})

it('what is made of what was returned holds every binding that it was returned through', async () => {
  const slow = async function* () {
    const span = traced.tracer.startSpan('act', { kind: SpanKind.CLIENT, attributes: { 'server.address': 'shop' } })
    await wait(5)
    span.end()
    yield 1
  }
  await all(bind(KAI, () => asAgent('buyer', () => via('shop', () => ({ [Symbol.asyncIterator]: slow })))))
  expect(traced.one('act')).toMatchObject({ principal: KAI, actor: 'buyer', context: 'shop', verdict: 'separated' })
})

it.each<readonly [string, (made: AsyncIterable<number>) => Promise<unknown>]>([
  ['by another agent', (made) => asAgent('editor', () => all(made))],
  ['through a connector', (made) => via('audit', () => all(made))],
])('what is read %s of the same work is theirs', async (_, read) => {
  await bind(KAI, () => read(asAgent('writer', act)))
  expect(traced.one('act')).toMatchObject({ principal: KAI, actor: 'writer', verdict: 'separated' })
})
