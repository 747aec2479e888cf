// Ways in which each library runs jobs, one at a time unless said otherwise: `make` returns `(user, job) => result`, or
// nothing where a release has no such way.

import { once } from 'node:events'
import { createServer } from 'node:http'

/** What a package exports, however the kinds of modules pass it on. */
const main = (exports) => exports.default?.default ?? exports.default ?? exports
const named = (exports, name) => exports[name] ?? exports.default[name]
async function called(job, done) {
  let result
  try {
    result = await job()
  } catch (error) {
    return done(error)
  }
  return done(null, result)
}

/** A promise for what comes in a callback; what the callback does is done for the user, too. */
const byCallback = (start, after) =>
  new Promise((resolve, reject) => {
    start((error, result) => {
      after()
      if (error) reject(error)
      else resolve(Array.isArray(result) && result.length === 1 ? result[0] : result)
    })
  })

/** Of each library one for all: its threads start the setup of the app again, each for itself. */
const pools = {}

/** Requests of each user over one connection, by promises and by callbacks; the path says whose they are. */
let server
async function originOf() {
  server ??= createServer((request, response) => setTimeout(() => response.end('{}'), 1)).listen(0, '127.0.0.1')
  if (!server.listening) await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
const overOneConnection = async (exports) => {
  const Pool = named(exports, 'Pool')
  return new Pool(await originOf(), { connections: 1, pipelining: 1 })
}
const drain = ({ body }) => body.dump()

/** `path`, where it is a part of the package. */
const limiter = (library, how, make, path = '') => ({ library, how, make, path })

export const LIMITERS = [
  ...[1, 2].map((concurrency) =>
    limiter('p-queue', `add, concurrency ${concurrency}`, (exports) => {
      const queue = new (main(exports))({ concurrency })
      return (user, job) => queue.add(job)
    }),
  ),
  limiter('p-queue', 'addAll', (exports) => {
    const queue = new (main(exports))({ concurrency: 1 })
    return async (user, job) => (await queue.addAll([job]))[0]
  }),
  limiter('p-queue', 'a rate, started later', (exports) => {
    const queue = new (main(exports))({ concurrency: 9, interval: 5, intervalCap: 1, autoStart: false })
    setTimeout(() => queue.start(), 1)
    return (user, job) => queue.add(job, { priority: user.length })
  }),
  limiter('bottleneck', 'schedule', (exports) => {
    const limiter = new (main(exports))({ maxConcurrent: 1 })
    return (user, job) => limiter.schedule({ priority: 4 }, (given) => given(), job)
  }),
  limiter('bottleneck', 'wrap', (exports) => {
    const limited = new (main(exports))({ minTime: 3 }).wrap((job) => job())
    return (user, job) => limited(job)
  }),
  limiter('bottleneck', 'submit', (exports) => {
    const limiter = new (main(exports))({ maxConcurrent: 1 })
    return (user, job, after) => byCallback((done) => limiter.submit((cb) => called(job, cb), done), after)
  }),
  limiter('bottleneck', 'a group', (exports) => {
    const group = new (main(exports).Group)({ maxConcurrent: 1 })
    return (user, job) => group.key('everybody').schedule(job)
  }),
  limiter('fastq', 'callbacks', (exports) => {
    const queue = main(exports)((job, done) => called(job, done), 1)
    return (user, job, after) => byCallback((done) => queue.push(job, done), after)
  }),
  limiter('fastq', 'callbacks, unshift', (exports) => {
    const queue = main(exports)({}, (job, done) => called(job, done), 1)
    return (user, job, after) => byCallback((done) => queue.unshift(job, done), after)
  }),
  limiter('fastq', 'promises', (exports) => {
    const { promise } = main(exports)
    if (promise === undefined) return undefined
    const queue = promise((job) => job(), 1)
    return (user, job) => queue.push(job)
  }),
  limiter('async', 'queue', (exports) => {
    const queue = named(exports, 'queue')((job, done) => called(job, done), 1)
    return (user, job, after) => byCallback((done) => queue.push(job, done), after)
  }),
  limiter('async', 'queue, all at once', (exports) => {
    const queue = named(exports, 'queue')((job, done) => called(job, done), 9)
    return (user, job, after) => byCallback((done) => queue.push(job, done), after)
  }),
  limiter('async', 'priorityQueue', (exports) => {
    const queue = named(exports, 'priorityQueue')((job, done) => called(job, done), 1)
    return (user, job, after) => byCallback((done) => queue.push(job, user.length, done), after)
  }),
  limiter('async', 'cargo of one', (exports) => {
    const queue = named(exports, 'cargo')(([job], done) => called(job, done), 1)
    return (user, job, after) => byCallback((done) => queue.push(job, done), after)
  }),
  limiter('async-lock', 'promises', (exports) => {
    const lock = new (main(exports))()
    return (user, job) => lock.acquire('key', job)
  }),
  limiter('async-lock', 'callbacks', (exports) => {
    const lock = new (main(exports))()
    return (user, job, after) => byCallback((done) => lock.acquire('key', (cb) => called(job, cb), done), after)
  }),
  limiter('async-lock', 'several keys', (exports) => {
    const lock = new (main(exports))()
    return (user, job) => lock.acquire(['key', 'another'], job)
  }),
  limiter('promise-queue', 'add', (exports) => {
    const queue = new (main(exports))(1)
    return (user, job) => queue.add(job)
  }),
  limiter('cockatiel', 'bulkhead', (exports) => {
    // The first release makes it by a method of a policy.
    const made = exports.bulkhead ?? exports.default?.bulkhead ?? named(exports, 'Policy').bulkhead
    const policy = made(1, 9)
    return (user, job) => policy.execute(job)
  }),
  limiter('dataloader', 'batches of one', (exports) => {
    const DataLoader = main(exports)
    const loader = new DataLoader((jobs) => Promise.all(jobs.map((job) => job())), { maxBatchSize: 1 })
    return (user, job) => loader.load(job)
  }),
  limiter('workerpool', 'exec, then', (exports) => {
    const pool = (pools.workerpool ??= named(exports, 'pool')({ maxWorkers: 1 }))
    return (user, job) =>
      new Promise((resolve, reject) => {
        pool
          .exec((given) => given, [1])
          .then((given) => given)
          .then(() => job())
          .then(resolve, reject)
      })
  }),
  limiter(
    '@langchain/core',
    'callbacks over its queue',
    (exports) => (user, job) =>
      new Promise((resolve) => void exports.consumeCallback(async () => resolve(await job()), false)),
    '/callbacks/promises',
  ),
  limiter(
    '@langchain/core',
    'maxConcurrency',
    (exports) => {
      const caller = new exports.AsyncCaller({ maxConcurrency: 1 })
      return (user, job) => caller.call(job)
    },
    '/utils/async_caller',
  ),
  limiter('undici', 'promises', (exports) => {
    const pool = overOneConnection(exports)
    return async (user, job) => {
      await (await pool).request({ path: `/${user}`, method: 'GET' }).then(drain)
      return job()
    }
  }),
  limiter('undici', 'callbacks', (exports) => {
    const pool = overOneConnection(exports)
    return async (user, job, after) => {
      const made = await pool
      return byCallback(
        (done) =>
          made.request({ path: `/${user}`, method: 'GET' }, (error, response) => {
            if (error) return done(error)
            void drain(response)
            return called(job, done)
          }),
        after,
      )
    }
  }),
]

/** Those that are right as they are. */
export const RIGHT = [
  limiter('p-limit', 'one at a time', (exports) => {
    const limit = main(exports)(1)
    return (user, job) => limit(job)
  }),
  limiter('p-throttle', 'a rate', (exports) => {
    const throttled = main(exports)({ limit: 1, interval: 5 })((job) => job())
    return (user, job) => throttled(job)
  }),
  limiter(
    'p-map',
    'one at a time',
    (exports) => (user, job) => main(exports)([job], (given) => given(), { concurrency: 1 }).then(([one]) => one),
  ),
  limiter('async-mutex', 'runExclusive', (exports) => {
    const mutex = new (named(exports, 'Mutex'))()
    return (user, job) => mutex.runExclusive(job)
  }),
  limiter('async-sema', 'acquire', (exports) => {
    const sema = new (named(exports, 'Sema'))(1)
    return async (user, job) => {
      await sema.acquire()
      return job().finally(() => sema.release())
    }
  }),
  limiter('limiter', 'removeTokens', (exports) => {
    const limiter = new (named(exports, 'RateLimiter'))({ tokensPerInterval: 1, interval: 5 })
    return async (user, job) => {
      await limiter.removeTokens(1)
      return job()
    }
  }),
  limiter('opossum', 'fire', (exports) => {
    const breaker = new (main(exports))((job) => job())
    return (user, job) => breaker.fire(job)
  }),
  limiter('@supercharge/promise-pool', 'process', (exports) => async (user, job) => {
    const { results } = await named(exports, 'PromisePool')
      .for([job])
      .process((given) => given())
    return results[0]
  }),
  limiter('generic-pool', 'use', (exports) => {
    const factory = { create: async () => ({}), destroy: async () => {} }
    const pool = named(exports, 'createPool')(factory, { max: 1 })
    return (user, job) => pool.use(job)
  }),
  limiter('tarn', 'acquire', (exports) => {
    const Pool = named(exports, 'Pool')
    const pool = new Pool({ create: async () => ({}), destroy: () => {}, min: 0, max: 1 })
    return async (user, job) => {
      const client = await pool.acquire().promise
      return job().finally(() => pool.release(client))
    }
  }),
  ...['piscina', 'tinypool'].map((library) =>
    limiter(library, 'run', (exports) => {
      const Pool = main(exports)
      const pool = (pools[library] ??= new Pool({
        filename: new URL('thread.cjs', import.meta.url).href,
        minThreads: 1,
        maxThreads: 1,
      }))
      return async (user, job) => {
        await pool.run(1)
        return job()
      }
    }),
  ),
]
