import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ReadableStream, TransformStream, WritableStream } from 'node:stream/web'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newFaults } from './faults.ts'
import { all, bind, bytes, ClientPromise, Cursor, iterable, KAI, MIA, Query, steps, webStream, who } from './lazies.ts'
import { silence, tracing } from './provider.ts'

beforeEach(() => {
  tracing()
  newFaults()
})
afterEach(silence)

interface Later<T> {
  readonly what: string
  readonly lazy: () => T
  readonly read: (lazy: T) => Promise<readonly unknown[]>
}

const later = <T>(what: string, lazy: () => T, read: Later<T>['read']): Later<unknown> => ({
  what,
  lazy,
  read: read as Later<unknown>['read'],
})

const nodeStream = () => {
  let reads = 0
  return new Readable({
    read() {
      setTimeout(() => this.push(++reads > 1 ? null : who()), 1)
    },
  })
}

async function readAll(reader: { read(): Promise<{ done: boolean; value?: unknown }> }): Promise<unknown[]> {
  const got: unknown[] = []
  for (let step = await reader.read(); !step.done; step = await reader.read()) got.push(step.value)
  return got
}

const QUERIES = [
  later(
    'a query that is awaited',
    () => new Query(who),
    async (query) => [await query],
  ),
  later(
    'a query that is chained and awaited',
    () => new Query(who),
    async (query) => [await query.where()],
  ),
  later(
    'a query that is awaited twice',
    () => new Query(who),
    async (query) => [await query, await query],
  ),
  later(
    'a query that is executed',
    () => new Query(who),
    async (query) => [await query.exec()],
  ),
  later(
    'a query that is caught',
    () => new Query(who),
    async (query) => [await query.catch(() => '')],
  ),
  later(
    'a query with an end',
    () => new Query(who),
    async (query) => [await query.finally(() => {})],
  ),
  later(
    'a query that fails',
    () => new Query<string>(() => Promise.reject(new Error(who()))),
    (query) => query.then(String, (error) => (error as Error).message).then((message) => [message]),
  ),
  later(
    'an array of queries',
    () => [new Query(who), new Query(who)],
    (queries) => Promise.all(queries),
  ),
  later(
    'a result that holds a query',
    () => ({ query: new Query(who) }),
    async ({ query }) => [await query],
  ),
  later(
    'a thenable that is a getter',
    (): PromiseLike<unknown> => ({
      // oxlint-disable-next-line unicorn/no-thenable
      get then() {
        return ((resolve: (value: unknown) => void) => resolve(who())) as never
      },
    }),
    async (thenable) => [await thenable],
  ),
  later(
    'a promise of a class of its own',
    () => new ClientPromise(async () => who()),
    async (promise) => [await promise],
  ),
  later(
    'a promise of a class of its own that brings a stream',
    () => new ClientPromise(async () => iterable()),
    async (promise) => all(await promise),
  ),
  later(
    'a promise of a class of its own that is asked for the response',
    () => new ClientPromise(async () => iterable()),
    async (promise) => all((await promise.withResponse()).data),
  ),
]

const STEPS = [
  later('an async generator', () => steps(), all),
  later(
    'an async generator that a promise brings',
    () => Promise.resolve(steps()),
    async (promise) => all(await promise),
  ),
  later(
    'an async iterable that is iterated twice',
    () => iterable(1),
    async (twice) => [...(await all(twice)), ...(await all(twice))],
  ),
  later(
    'an async generator that another delegates to',
    () => steps(),
    (generator) =>
      all(
        (async function* () {
          yield* generator
        })(),
      ),
  ),
  later(
    'an async generator that becomes a stream of Node',
    () => steps(),
    (generator) => all(Readable.from(generator)),
  ),
  later(
    'a generator',
    function* () {
      yield who()
      yield who()
    },
    async (generator) => [...generator],
  ),
  later('a cursor that is iterated', () => new Cursor(), all),
  later(
    'a cursor that is asked',
    () => new Cursor(),
    async (cursor) => [(await cursor.next())?.user],
  ),
]

const STREAMS = [
  later('a web stream that is iterated', webStream, all),
  later('a web stream that is read', webStream, (stream) => readAll(stream.getReader())),
  later('a reader of a web stream', () => webStream().getReader(), readAll),
  later('a web stream that is teed', webStream, async (stream) => (await Promise.all(stream.tee().map(all))).flat()),
  later('a web stream that is piped', webStream, async (stream) => {
    const got: unknown[] = []
    await stream.pipeTo(new WritableStream({ write: (chunk) => void got.push(chunk) }))
    return got
  }),
  later('a web stream that is piped through', webStream, (stream) => all(stream.pipeThrough(new TransformStream()))),
  later('a web stream that becomes one of Node', webStream, (stream) =>
    all(Readable.fromWeb(stream).setEncoding('utf8')),
  ),
  later(
    'a web stream that becomes a response',
    () => webStream(bytes, 1),
    async (stream) => [await new Response(stream as never).text()],
  ),
  later(
    'a response that is cloned',
    () => new Response(webStream(bytes, 1) as never),
    async (response) => [await response.clone().text(), await response.text()],
  ),
  later(
    'a byte stream that is read into a buffer',
    () =>
      new ReadableStream({
        type: 'bytes',
        async pull({ byobRequest }) {
          await wait(1)
          const request = byobRequest as unknown as { view: Uint8Array; respond(written: number): void }
          request.respond(new TextEncoder().encodeInto(who() ?? '', request.view).written)
        },
      }),
    async (stream) => {
      const reader = stream.getReader({ mode: 'byob' })
      const { value } = await reader.read(new Uint8Array(64))
      await reader.cancel()
      return [new TextDecoder().decode(value)]
    },
  ),
  later('a stream of Node', nodeStream, (stream) => all(stream.setEncoding('utf8'))),
  later('a stream of Node that is piped', nodeStream, async (stream) => [await text(stream.pipe(new PassThrough()))]),
]

describe.each([
  ['one user', [KAI]],
  ['two users in turns', [KAI, MIA]],
])('what runs later runs inside for %s', (_, users) => {
  it.each([...QUERIES, ...STEPS, ...STREAMS])('$what', async ({ lazy, read }) => {
    const lazies = users.map((user) => bind(user, lazy))
    const got = await Promise.all(lazies.map(read))
    expect(got.map((said) => [...new Set(said)])).toEqual(users.map((user) => [user]))
    expect(newFaults()).toEqual([])
  })
})

it('a writable web stream writes inside', async () => {
  const seen: unknown[] = []
  const see = () => void seen.push(who())
  const stream = bind(KAI, () => new WritableStream({ write: see, close: see }))
  const writer = stream.getWriter()
  await writer.write('a')
  await writer.close()
  expect(seen).toEqual([KAI, KAI])
})

describe('a callback runs where it was registered', () => {
  const fails = () => new Query(() => Promise.reject(new Error('no')))
  it.each<readonly [string, (told: (_?: unknown) => void) => unknown]>([
    ['then', (told) => bind(KAI, () => new Query(who)).then(told)],
    ['then after a failure', (told) => bind(KAI, fails).then(undefined, told)],
    ['catch', (told) => bind(KAI, fails).catch(told)],
    ['finally', (told) => bind(KAI, () => new Query(who)).finally(told)],
    [
      'then of a promise of a class of its own',
      (told) => bind(KAI, () => new ClientPromise(async () => who())).then(told),
    ],
    ['then of a promise', (told) => bind(KAI, async () => who()).then(told)],
    ['forEach of a cursor', (told) => bind(KAI, () => new Cursor()).forEach(told)],
  ])('of %s', async (_, run) => {
    const seen: unknown[] = []
    await bind(MIA, async () => {
      await run(() => void seen.push(who()))
    })
    expect(seen).toEqual([MIA])
  })
})

it('a class that is passed isn’t treated as a callback', async () => {
  class NoRow extends Error {}
  const query = Object.assign(new Query(who), {
    executeTakeFirstOrThrow: (Thrown: new () => Error) => Promise.reject(new Thrown()),
  })
  await expect(bind(KAI, () => query).executeTakeFirstOrThrow(NoRow)).rejects.toBeInstanceOf(NoRow)
})

describe('an early end', () => {
  const ending = (ends: unknown[]) =>
    async function* () {
      try {
        yield who()
        yield who()
      } catch (error) {
        ends.push(error)
        yield 'caught'
      } finally {
        ends.push(who())
      }
    }

  it('by return, throw or break runs inside and says what it says without us', async () => {
    const ends: unknown[] = []
    const returned = bind(KAI, ending(ends))
    await returned.next()
    expect(await returned.return()).toEqual({ value: undefined, done: true })
    const thrown = bind(KAI, ending(ends))
    await thrown.next()
    expect(await thrown.throw('fault')).toEqual({ value: 'caught', done: false })
    expect(await thrown.next()).toEqual({ value: undefined, done: true })
    for await (const _ of bind(KAI, ending(ends))) break
    expect(ends).toEqual([KAI, 'fault', KAI, KAI])
  })

  it('by an abort ends a pipe', async () => {
    const reasons: unknown[] = []
    const stream = bind(KAI, () => new ReadableStream({ cancel: (reason) => void reasons.push(reason) }))
    const leaving = new AbortController()
    const piped = stream.pipeTo(new WritableStream(), { signal: leaving.signal })
    leaving.abort('enough')
    await expect(piped).rejects.toBe('enough')
    expect(reasons).toEqual(['enough'])
  })
})

describe('a million steps leave nothing behind', () => {
  const MANY = 1_000_000
  it.each<readonly [string, () => Iterable<number> | AsyncIterable<number>]>([
    [
      'of a generator',
      function* () {
        for (let step = 0; step < MANY; step++) yield step
      },
    ],
    [
      'of an async generator',
      async function* () {
        for (let step = 0; step < MANY; step++) yield step
      },
    ],
  ])(
    '%s',
    async (_, many) => {
      let count = 0
      let most = 0
      for await (const _ of bind(KAI, many)) {
        if (++count % 50_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed)
      }
      expect(count).toBe(MANY)
      expect(most).toBeLessThan(500_000_000)
    },
    60_000,
  )
})

describe('the readers of a promise are told in the order in which they asked', () => {
  it.each<[string, () => Promise<string>]>([
    ['that settles later', () => wait(1, 'value')],
    ['that has settled', () => Promise.resolve('value')],
  ])('%s', async (_, make) => {
    const promise = bind(KAI, make)
    const told: string[] = []
    const readers = ['first', 'second', 'third'].map((name) => promise.then(() => told.push(name)))
    await Promise.all(readers)
    expect(told).toEqual(['first', 'second', 'third'])
  })
})
