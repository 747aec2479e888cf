import { ReadableStream } from 'node:stream/web'
import type { UnderlyingSource } from 'node:stream/web'
import { setTimeout as wait } from 'node:timers/promises'
import { currentAttribution, onBehalfOf } from '../../src/index.ts'

export const KAI = 'kai@contoso.com'
export const MIA = 'mia@contoso.com'

/** Who is bound here. */
export function who(): string | undefined {
  return currentAttribution()?.principal?.id
}

export function bind<T>(user: string, work: () => T): T {
  return onBehalfOf({ principal: { id: user, type: 'human' }, intent: 'order' }, work)
}

/** As the builders of queries are: the work starts when somebody awaits it. */
export class Query<T> {
  readonly #work: () => T | Promise<T>

  constructor(work: () => T | Promise<T>) {
    this.#work = work
  }

  where(): this {
    return this
  }

  exec(): Promise<T> {
    return Promise.resolve().then(() => this.#work())
  }

  // oxlint-disable-next-line unicorn/no-thenable
  then<A, B>(onFulfilled?: (value: T) => A, onRejected?: (error: unknown) => B): Promise<A | B> {
    return this.exec().then(onFulfilled, onRejected)
  }

  catch<B>(onRejected?: (error: unknown) => B): Promise<T | B> {
    return this.exec().catch(onRejected)
  }

  finally(onFinally?: () => void): Promise<T> {
    return this.exec().finally(onFinally)
  }
}

/** As the promises of model clients are: what came is read when somebody awaits it. */
export class ClientPromise<T> extends Promise<T> {
  #parse: () => Promise<T>

  constructor(parse: () => Promise<T>) {
    super((resolve) => resolve(undefined as T))
    this.#parse = parse
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  // oxlint-disable-next-line unicorn/no-thenable
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#parse().then(onFulfilled, onRejected)
  }

  withResponse(): Promise<{ readonly data: T; readonly status: number }> {
    return this.#parse().then((data) => ({ data, status: 200 }))
  }
}

/** As the cursors of databases are: an iterator that says null for the end. */
export class Cursor {
  #left = 1

  async next(): Promise<{ readonly user: string | undefined; readonly done: boolean } | null> {
    await wait(1)
    return this.#left-- > 0 ? { user: who(), done: true } : null
  }

  async forEach(told: (document: unknown) => void): Promise<void> {
    for (let next = await this.next(); next !== null; next = await this.next()) told(next)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string | undefined> {
    for (let next = await this.next(); next !== null; next = await this.next()) yield next.user
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

export async function* steps(count = 2): AsyncGenerator<string | undefined> {
  for (let step = 0; step < count; step++) {
    await wait(1)
    yield who()
  }
}

export const iterable = (count?: number): AsyncIterable<string | undefined> => ({
  [Symbol.asyncIterator]: () => steps(count),
})

/** Asked for a chunk, it says who is bound; it is asked for none before somebody reads. */
export const source = (chunk: () => unknown = who, count = 2): UnderlyingSource<unknown> => {
  let pulls = 0
  return {
    async pull(controller) {
      await wait(1)
      controller.enqueue(chunk())
      if (++pulls === count) controller.close()
    },
  }
}

export const webStream = (chunk?: () => unknown, count?: number): ReadableStream<unknown> =>
  new ReadableStream(source(chunk, count), { highWaterMark: 0 })

export const bytes = (): Uint8Array => new TextEncoder().encode(who())

export async function all<T>(chunks: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const got: T[] = []
  for await (const chunk of chunks) got.push(chunk)
  return got
}
