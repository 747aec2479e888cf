// What an app sees of each library: `behavior.mjs LINE KIND` prints it, so that it can be held against what it sees where
// nothing is patched.
import { setTimeout as wait } from 'node:timers/promises'

const [, , line, kind] = process.argv
const { load } = await import(`../lines/${line}/load.${kind}`)
const main = (exports) => exports.default?.default ?? exports.default ?? exports
const named = (exports, name) => exports[name] ?? exports.default[name]

/** What a call returns, throws or rejects with. */
async function outcome(call) {
  try {
    const returned = call()
    const of = returned?.constructor?.name
    return { of, value: await returned }
  } catch (error) {
    return { error: `${error.constructor.name}: ${error.message}` }
  }
}

const shape = (fn) => [typeof fn, fn.name, fn.length]
const methods = (target, names) => names.map((name) => shape(target[name]))
const order = []
const job =
  (name, ms = 1) =>
  async () => {
    order.push(name)
    await wait(ms)
    return name
  }
const fails = async () => {
  await wait(1)
  throw new RangeError('of the app')
}
const throws = () => {
  throw new RangeError('at once')
}
const takeOrder = () => order.splice(0)

const LOOKS = {
  async 'p-queue'(exports) {
    const PQueue = main(exports)
    const queue = new PQueue({ concurrency: 1 })
    const events = []
    for (const event of ['active', 'idle', 'add', 'next', 'completed', 'error', 'empty']) {
      queue.on(event, (detail) => events.push([event, detail instanceof Error ? detail.message : detail]))
    }
    const added = [
      queue.add(job('a'), { priority: 0 }),
      queue.add(job('b'), { priority: 1 }),
      queue.add(job('c'), { priority: 2 }),
    ]
    const sizes = [queue.size, queue.pending, queue.sizeBy?.({ priority: 1 })]
    const results = await Promise.all(added)
    const returned = queue.add(job('d'))
    await returned
    return {
      methods: methods(PQueue.prototype, ['add', 'addAll', 'pause', 'start', 'onIdle']),
      own: Object.getOwnPropertyNames(PQueue.prototype).sort(),
      sizes,
      results,
      order: takeOrder(),
      all: await queue.addAll([job('e'), () => 'not a promise']),
      returned: returned.constructor.name,
      fails: await outcome(() => queue.add(fails)),
      throws: await outcome(() => queue.add(throws)),
      nothing: await outcome(() => queue.add(undefined)),
      paused: await (async () => {
        queue.pause()
        const late = queue.add(job('f'))
        const size = queue.size
        queue.start()
        return [size, queue.isPaused, await late]
      })(),
      idle: await outcome(() => queue.onIdle()),
      order2: takeOrder(),
      events,
      isInstance: queue instanceof PQueue && new (class extends PQueue {})() instanceof PQueue,
    }
  },
  async bottleneck(exports) {
    const Bottleneck = main(exports)
    const limiter = new Bottleneck({ maxConcurrent: 1, highWater: 2, strategy: Bottleneck.strategy.LEAK })
    const events = []
    const isSame = []
    const dropped = job('dropped')
    limiter.on('failed', (error, info) => void events.push(['failed', error.message, info.retryCount]))
    limiter.on('dropped', ({ args }) => events.push(['dropped', args]))
    const first = limiter.schedule(job('a', 100))
    const rest = [limiter.schedule(dropped, 1), limiter.schedule(job('b')), limiter.schedule({ priority: 0 }, job('c'))]
    const results = await Promise.allSettled([first, ...rest])
    const self = {
      limited: limiter.wrap(function (...args) {
        isSame.push(this === self)
        return Promise.resolve(args)
      }),
    }
    return {
      methods: methods(Bottleneck.prototype, ['schedule', 'submit', 'wrap', 'stop']),
      results: results.map(({ status, value, reason }) => [status, value, reason?.message]),
      order: takeOrder(),
      wrapped: await self.limited(1, 2),
      isSame,
      submitted: await new Promise((resolve) => {
        limiter.submit(
          (one, two, done) => done(null, one + two, 'more'),
          1,
          2,
          (...args) => resolve(args),
        )
      }),
      submitFails: await new Promise((resolve) => {
        limiter.submit(
          { priority: 1 },
          (done) => done(new RangeError('no')),
          (error) => resolve(error.message),
        )
      }),
      noCallback: await outcome(() => limiter.submit((done) => done(), null)),
      fails: await outcome(() => limiter.schedule(fails)),
      // The oldest release lets it take the process down.
      throws: line === 'oldest' || (await outcome(() => limiter.schedule(throws))),
      counts: limiter.counts(),
      events,
    }
  },
  async fastq(exports) {
    const fastq = main(exports)
    const seen = []
    const context = { is: 'the context' }
    const queue = fastq(
      context,
      function (task, done) {
        seen.push([this === context, task])
        setTimeout(() => done(task < 0 ? new RangeError('negative') : null, task * 2), 1)
      },
      1,
    )
    queue.error((error, task) => seen.push(['error', error?.message ?? error, task]))
    queue.drain = () => seen.push('drain')
    queue.saturated = () => seen.push('saturated')
    queue.empty = () => seen.push('empty')
    const done = (resolve) =>
      function (...args) {
        seen.push(this === context)
        resolve([args[0]?.message, args[1]])
      }
    const pushed = [1, -2, 3].map((task) => new Promise((resolve) => queue.push(task, done(resolve))))
    const first = new Promise((resolve) => queue.unshift(0, done(resolve)))
    queue.push(9)
    const waiting = queue.getQueue()
    const state = [queue.length(), queue.running(), queue.idle(), queue.concurrency]
    const results = await Promise.all([...pushed, first])
    await wait(10)
    const promises = fastq.promise?.(
      context,
      async function (task) {
        if (task === 'bad') throw new RangeError(task)
        return [this === context, task]
      },
      1,
    )
    return {
      keys: Object.keys(queue).sort(),
      shapes: [
        shape(fastq),
        fastq.promise && shape(fastq.promise),
        Object.keys(fastq).sort(),
        ...methods(queue, ['push', 'unshift', 'getQueue', 'error']),
      ],
      waiting,
      state,
      results,
      seen,
      promised: promises && (await Promise.all([promises.push('a'), promises.unshift('b')])),
      rejected: await outcome(() => promises.push('bad')),
      drained: await outcome(() => promises.drained?.()),
      badWorker: await outcome(() => fastq('no function', 1)),
      badConcurrency: await outcome(() => fastq(() => {}, 0)),
    }
  },
  async async(exports) {
    const seen = []
    const worker = (task, done) => {
      seen.push(task)
      setTimeout(() => done(task.fails ? new RangeError('failed') : null, task.name, 'more'), 1)
    }
    const queue = named(exports, 'queue')(worker, 1)
    const results = await Promise.all(
      ['a', 'b', 'c'].map(
        (name) =>
          new Promise((resolve) =>
            queue.push({ name, fails: name === 'b' }, function (error, ...rest) {
              resolve([error?.message, rest, typeof this])
            }),
          ),
      ),
    )
    const list = []
    await new Promise((resolve) =>
      queue.push([{ name: 'd' }, { name: 'e' }], (error, name) => list.push(name) === 2 && resolve()),
    )
    queue.pause()
    queue.push({ name: 'removed' }, () => {})
    queue.push({ name: 'kept' }, () => {})
    queue.unshift({ name: 'first' }, () => {})
    const waiting = [queue.length(), [...(queue[Symbol.iterator] ? queue : [])].map(({ name }) => name)]
    queue.remove?.(({ data }) => data.name === 'removed')
    queue.resume()
    await wait(20)
    const priorities = []
    const byPriority = named(exports, 'priorityQueue')((task, done) => {
      priorities.push(task)
      done()
    }, 1)
    byPriority.push('low', 3)
    byPriority.push('high', 1)
    byPriority.push(['mid 1', 'mid 2'], 2)
    await wait(10)
    const loads = []
    const cargo = named(exports, 'cargo')((tasks, done) => {
      loads.push(tasks)
      done()
    }, 2)
    for (const task of [1, 2, 3]) cargo.push(task)
    await wait(10)
    const ofPromises = named(exports, 'queue')(async (task) => `${task}!`, 2)
    return {
      keys: Object.keys(queue).sort(),
      shapes: ['queue', 'priorityQueue', 'cargo'].map((name) => shape(named(exports, name))),
      results,
      list,
      waiting,
      seen,
      priorities,
      loads,
      payload: [cargo.payload, queue.concurrency, byPriority.unshift],
      pushed: await outcome(() => ofPromises.push('x')),
      pushedAsync: ofPromises.pushAsync && (await outcome(() => ofPromises.pushAsync('y'))),
      several: await outcome(() => Promise.all(ofPromises.push(['1', '2']) ?? [])),
      drained:
        queue.drain.length > 0
          ? await (async () => {
              const drained = queue.drain()
              queue.push({ name: 'z' })
              return outcome(() => drained)
            })()
          : undefined,
      bad: await outcome(() => queue.push({ name: 'q' }, 'no function')),
      none: await outcome(() => named(exports, 'queue')(worker, 0)),
    }
  },
  async 'async-lock'(exports) {
    const AsyncLock = main(exports)
    const lock = new AsyncLock({ maxPending: 2 })
    const results = await Promise.allSettled([
      lock.acquire('key', job('a', 20)),
      lock.acquire('key', job('b')),
      lock.acquire('key', job('c'), { skipQueue: true }),
      lock.acquire('key', job('too many')),
    ])
    return {
      methods: methods(AsyncLock.prototype, ['acquire', 'isBusy']),
      results: results.map(({ status, value, reason }) => [status, value, reason?.message]),
      order: takeOrder(),
      called: await new Promise((resolve) =>
        lock.acquire(
          'key',
          (done) => done(null, 1),
          (...args) => resolve(args),
        ),
      ),
      batch: await outcome(() => lock.acquire(['x', 'y'], job('batch'))),
      timeout: await Promise.allSettled([
        lock.acquire('slow', () => wait(100)),
        lock.acquire('slow', job('never'), { timeout: 3 }),
      ]).then(([, { reason }]) => reason.message),
      fails: await outcome(() => lock.acquire('key', fails)),
      throws: await outcome(() => lock.acquire('key', throws)),
      nothing: await outcome(() => lock.acquire('key', 'no function')),
      busy: lock.isBusy(),
    }
  },
  async 'promise-queue'(exports) {
    const Queue = main(exports)
    const queue = new Queue(1, 2)
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => queue.add(job(name))))
    return {
      methods: methods(Queue.prototype, ['add', 'getPendingLength', 'getQueueLength']),
      results: results.map(({ status, value, reason }) => [status, value, reason?.message]),
      order: takeOrder(),
      value: await outcome(() => queue.add(() => 1)),
      fails: await outcome(() => queue.add(fails)),
      throws: await outcome(() => queue.add(throws)),
    }
  },
  async cockatiel(exports) {
    const made = exports.bulkhead ?? exports.default?.bulkhead ?? named(exports, 'Policy').bulkhead
    const policy = made(1, 1)
    const results = await Promise.allSettled(['a', 'b', 'rejected'].map((name) => policy.execute(job(name))))
    return {
      methods: methods(Object.getPrototypeOf(policy), ['execute']),
      results: results.map(({ status, value, reason }) => [status, value, reason?.constructor.name]),
      order: takeOrder(),
      given: await outcome(() => policy.execute((...args) => args.map((arg) => Object.keys(arg ?? {})))),
      fails: await outcome(() => policy.execute(fails)),
      throws: await outcome(() => policy.execute(throws)),
      slots: [policy.executionSlots, policy.queueSlots],
    }
  },
  async dataloader(exports) {
    const DataLoader = main(exports)
    const batches = []
    const loader = new DataLoader(async function (keys) {
      batches.push([keys, this === loader])
      return keys.map((key) => (key < 0 ? new RangeError('negative') : key * 2))
    })
    return {
      methods: methods(DataLoader.prototype, ['load', 'loadMany', 'clear', 'prime']),
      loaded: await Promise.all([loader.load(1), loader.load(2), loader.load(1)]),
      many: (await loader.loadMany([3, -1, 1])).map((one) => one.message ?? one),
      fails: await outcome(() => loader.load(-2)),
      nothing: await outcome(() => loader.load(null)),
      batches,
    }
  },
  async workerpool(exports) {
    const pool = named(exports, 'pool')({ maxWorkers: 1, workerType: 'thread' })
    const promise = pool.exec((one, two) => one + two, [1, 2])
    const chained = promise
      .then((sum) => sum * 2)
      .catch(() => 'never')
      .always?.(() => {})
    const failing = pool.exec(() => {
      throw new RangeError('in the worker')
    })
    const look = {
      methods: methods(Object.getPrototypeOf(pool), ['exec', 'proxy', 'terminate']),
      keys: Object.keys(promise).sort(),
      kind: [promise.constructor.name, typeof promise.cancel, typeof promise.timeout, promise.pending],
      sum: await promise,
      chained: await chained,
      failing: await failing.catch((error) => error.message),
      then2: await new Promise((resolve) => failing.then(undefined, (error) => resolve(error.message))),
      proxy: Object.keys(await pool.proxy()).sort(),
      bad: await outcome(() => pool.exec(1)),
      badParameters: await outcome(() => pool.exec('run', 'no array')),
      cancelled: await outcome(() => {
        const endless = pool.exec(() => {
          for (;;);
        })
        setTimeout(() => endless.cancel(), 50)
        return endless
      }),
    }
    await pool.terminate(true)
    return look
  },
}

const looks = {}
for (const [library, look] of Object.entries(LOOKS)) {
  const exports = await load(library).catch((error) => {
    if (error.code.endsWith('MODULE_NOT_FOUND')) return undefined
    throw error
  })
  if (exports !== undefined) looks[library] = await look(exports)
}
process.stdout.write(JSON.stringify(looks))
process.exit()
