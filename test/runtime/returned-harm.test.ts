import { EventEmitter } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ReadableStream } from 'node:stream/web'
import { setTimeout as wait } from 'node:timers/promises'
import { types } from 'node:util'
import { of } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, bindAttribution } from '../../src/index.ts'
import { newFaults } from './faults.ts'
import { all, bind, ClientPromise, iterable, KAI, Query, source, steps, webStream, who } from './lazies.ts'
import { silence, tracing } from './provider.ts'

beforeEach(() => {
  tracing()
  newFaults()
})
afterEach(silence)

class Private {
  // oxlint-disable-next-line no-unused-private-class-members
  #secret = 'kept'
  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    yield this.#secret
  }
}

describe('what is returned is the very same object', () => {
  it.each<readonly [string, () => object]>([
    ['a promise', () => Promise.resolve(1)],
    ['a query', () => new Query(who)],
    ['a promise of a class of its own', () => new ClientPromise(async () => 1)],
    ['a generator', () => steps()],
    ['an iterable with private fields', () => new Private()],
    ['a web stream', () => webStream()],
    ['a stream of Node', () => Readable.from(['a'])],
    ['an Observable', () => of(1)],
    ['a frozen iterable', () => Object.freeze(iterable())],
    ['an emitter', () => new EventEmitter()],
    ['a response', () => new Response('text')],
    ['an array', () => [steps()]],
  ])('%s', (_, make) => {
    const [made, other] = [make(), make()]
    const known = new WeakMap([[made, true]])
    const returned = bind(KAI, () => made)
    expect(returned === made && known.get(returned) === true && !types.isProxy(returned)).toBe(true)
    expect(Object.keys(returned)).toEqual(Object.keys(other))
    expect(String(returned)).toBe(String(other))
    expect(returned.constructor === other.constructor || types.isPromise(made)).toBe(true)
    expect(returned instanceof Promise).toBe(types.isPromise(made))
  })

  it('a stream keeps methods of its own', async () => {
    class OwnStream extends ReadableStream<unknown> {
      async first(): Promise<unknown> {
        const reader = this.getReader()
        const { value } = await reader.read()
        await reader.cancel()
        return value
      }
    }
    const stream = bind(KAI, () => new OwnStream(source(), { highWaterMark: 0 }))
    expect(await stream.first()).toBe(KAI)
  })

  it('private fields are found', async () => {
    expect(await all(bind(KAI, () => new Private()))).toEqual(['kept'])
  })

  it('what is frozen, even in part, is left alone and counted', async () => {
    expect(await all(bind(KAI, () => Object.freeze(iterable())))).toEqual([undefined, undefined])
    expect(newFaults()).toEqual(['binding'])
    const { then } = Query.prototype
    // oxlint-disable-next-line unicorn/no-thenable
    const halfFrozen = Object.defineProperty(new Query(who), 'then', { value: then })
    expect(await bind(KAI, () => halfFrozen).exec()).toBeUndefined()
    expect(newFaults()).toEqual(['binding'])
  })

  it('a locked stream stays readable to who holds it', async () => {
    const stream = webStream()
    const reader = stream.getReader()
    expect(bind(KAI, () => stream).locked).toBe(true)
    expect((await reader.read()).done).toBe(false)
    expect(() => stream.getReader()).toThrow(TypeError)
    expect(newFaults()).toEqual([])
  })

  it('a stream can be transferred', async () => {
    const stream = bind(
      KAI,
      () =>
        new ReadableStream({
          start(controller) {
            controller.enqueue('a')
            controller.close()
          },
        }),
    )
    expect(await all(structuredClone(stream, { transfer: [stream as never] }))).toEqual(['a'])
  })

  it('a transform of Node is flushed once', async () => {
    let flushes = 0
    const flush = (done: () => void) => {
      flushes++
      done()
    }
    const stream = bind(KAI, () => new PassThrough({ flush }))
    stream.end('a')
    expect([await text(stream), flushes]).toEqual(['a', 1])
  })

  it('iterators of the language are not touched: an own method would slow the whole process down', () => {
    const iterators = [[1].values(), new Map().keys(), new Set().values(), ''[Symbol.iterator](), ''.matchAll(/a/gu)]
    for (const iterator of iterators) {
      bind(KAI, () => iterator)
      expect(Reflect.ownKeys(iterator)).toEqual([])
    }
  })

  it('a promise keeps no then of its own: that would slow all promises of the process down', () => {
    for (const promise of [Promise.resolve(1), new ClientPromise(async () => 1)]) {
      bind(KAI, () => promise)
      expect(Reflect.ownKeys(promise).filter((key) => typeof key === 'string')).toEqual([])
    }
  })

  it('a promise is as it was once somebody reads it', async () => {
    const promise = bind(KAI, async () => who())
    const read = promise.then((user) => user)
    expect([Object.getPrototypeOf(promise), promise.constructor]).toEqual([Promise.prototype, Promise])
    expect(Promise.resolve(promise) === promise).toBe(true)
    expect(await Promise.all([read, promise, promise])).toEqual([KAI, KAI, KAI])
  })

  it('a promise keeps what the app put on it, and one that is frozen is left alone', async () => {
    const cancel = () => 'cancelled'
    const promise = Object.assign(wait(1).then(who), { cancel })
    const returned = bind(KAI, () => promise)
    expect([returned === promise, returned.cancel(), await returned]).toEqual([true, 'cancelled', undefined])
    const own = Promise.resolve(1)
    let asked = 0
    // oxlint-disable-next-line unicorn/no-thenable
    own.then = ((...callbacks: []) => {
      asked++
      return Promise.prototype.then.apply(own, callbacks)
    }) as never
    // The language does not ask a promise for a then of its own.
    expect([await bind(KAI, () => own), asked]).toEqual([1, 0])
    expect(newFaults()).toEqual([])
    expect(await bind(KAI, () => Object.freeze(Promise.resolve(2)))).toBe(2)
    expect(newFaults()).toEqual(['binding'])
  })

  it('errors keep the stack of those who await', async () => {
    async function fails() {
      await wait(1)
      throw new Error('of the app')
    }
    async function handler() {
      await bind(KAI, () => asAgent('buyer', fails))
    }
    const stack = await handler().catch((error: unknown) => (error as Error).stack)
    expect(stack).toMatch(/fails[\s\S]*handler/u)
  })
})

describe('what is odd', () => {
  it('runs no getter and no trap of its own to be looked at', () => {
    const touched: unknown[] = []
    const touch = (key: unknown) => void touched.push(key)
    const getters = new Proxy({}, { get: (_, key) => touch(key) })
    class Touchy {
      get next() {
        return touch('next')
      }
      get subscribe() {
        return touch('subscribe')
      }
      // oxlint-disable-next-line unicorn/no-thenable
      get then() {
        return touch('then')
      }
      get body() {
        return touch('body')
      }
      get [Symbol.asyncIterator]() {
        return touch('asyncIterator')
      }
      get [Symbol.toStringTag]() {
        touch('tag')
        return 'Response'
      }
    }
    const odd = [getters, new Touchy(), [new Touchy()], { query: new Touchy(), stream: getters }]
    for (const each of odd) bind(KAI, () => each)
    expect(touched).toEqual([])
    expect(newFaults()).toEqual([])
  })

  it('has a getter that gives a then be read as often as without us', async () => {
    let reads = 0
    const thenable = () => ({
      // oxlint-disable-next-line unicorn/no-thenable
      get then() {
        reads++
        return (resolve: (value: unknown) => void) => resolve(who())
      },
    })
    await thenable()
    expect([await bind(KAI, thenable), reads]).toEqual([KAI, 2])
  })

  it('may be a proxy of a query', async () => {
    const proxy = new Proxy(new Query(who), {
      get(target, key) {
        if (key === 'extra') return 'kept'
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value
      },
    })
    const returned = bind(KAI, () => proxy)
    expect([returned === proxy, (returned as unknown as { extra: string }).extra]).toEqual([true, 'kept'])
    expect(await returned).toBe(KAI)
  })

  const fails = () => {
    throw new Error('trap')
  }
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const endless: object = new Proxy(
    {},
    { has: () => true, getPrototypeOf: () => endless, getOwnPropertyDescriptor: () => undefined },
  )
  it.each<readonly [string, object, number]>([
    ['a revoked proxy', revoked.proxy, 1],
    ['a proxy with endless prototypes', endless, 0],
    ['a proxy whose traps throw', new Proxy({}, { has: fails }), 1],
    ['a proxy that takes no method', new Proxy(new Query(who), { defineProperty: () => false }), 1],
  ])('is left alone: %s', (_, odd, faults) => {
    expect(bind(KAI, () => odd) === odd).toBe(true)
    expect(newFaults()).toHaveLength(faults)
  })

  it.each(['then', 'next', 'subscribe', 'getReader', 'get', 'set', 'value', 'writable', 'close', '__proto__'])(
    'comes of no polluted prototype that has a %s',
    async (key) => {
      const before = Object.getOwnPropertyDescriptor(Object.prototype, key)
      const [plain, query] = [{ a: 1 }, new Query(who)]
      try {
        const value = () => {}
        // oxlint-disable-next-line no-extend-native
        Object.defineProperty(Object.prototype, key, { value, configurable: true, writable: true })
        bind(KAI, () => plain)
        bind(KAI, () => query)
      } finally {
        Reflect.deleteProperty(Object.prototype, key)
        // oxlint-disable-next-line no-extend-native
        if (before !== undefined) Object.defineProperty(Object.prototype, key, before)
      }
      expect([Reflect.ownKeys(plain), await query]).toEqual([['a'], KAI])
      expect(newFaults()).toEqual([])
    },
  )

  it('may override what is bound, and be changed by the app', async () => {
    class Steps {
      next(): Promise<IteratorResult<unknown>> {
        return Promise.resolve({ done: false, value: who() })
      }
      [Symbol.asyncIterator](): this {
        return this
      }
    }
    class Louder extends Steps {
      override async next(): Promise<IteratorResult<unknown>> {
        const { value } = await super.next()
        return { done: false, value: `${String(value)}!` }
      }
    }
    const louder = bind(KAI, () => new Louder())
    expect(await louder.next()).toEqual({ done: false, value: `${KAI}!` })
    louder.next = () => Promise.resolve({ done: true, value: 'changed' })
    expect(await louder.next()).toEqual({ done: true, value: 'changed' })
  })

  it.each<readonly [string, unknown]>([
    [
      'an object whose getter throws',
      {
        get done() {
          return fails()
        },
      },
    ],
    ['a revoked proxy', revoked.proxy],
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
  ])('may have steps that are %s', async (_, step) => {
    const made = () => ({
      next: () => step as never,
      async later() {
        return [step]
      },
      [Symbol.asyncIterator]() {
        return this
      },
    })
    expect(bind(KAI, made).next() === step).toBe(true)
    expect((await bind(KAI, made).later())[0] === step).toBe(true)
    expect(newFaults().length).toBeLessThan(2)
  })

  it('may be an object with a million keys, which are not gone through', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000_000 }, (_, index) => [`key-${index}`, index]))
    const start = performance.now()
    bind(KAI, () => many)
    bind(KAI, () => [many])
    expect(performance.now() - start).toBeLessThan(100)
  })

  it('stays bound where a function returns it that binds nothing', async () => {
    const query = bind(KAI, () => new Query(who))
    expect(await bindAttribution(() => query)()).toBe(KAI)
  })
})
