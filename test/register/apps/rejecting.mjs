import { asAgent, onBehalfOf } from 'onbehalf'

/** Rejects in the way that the argument names, and says what the process is told of it. */
const KAI = { principal: 'kai@contoso.com' }
const bind = (work) => onBehalfOf(KAI, work)
const task = async () => {
  await new Promise((resolve) => setTimeout(resolve, 1))
  throw new Error('of the app')
}
// oxlint-disable-next-line unicorn/no-thenable
const query = () => ({ then: (onFulfilled, onRejected) => task().then(onFulfilled, onRejected) })
const steps = async function* () {
  yield await task()
}
const stream = () => new ReadableStream({ pull: task })

const HOW = {
  forgotten: () => bind(task),
  'forgotten where two are bound': () => bind(() => asAgent('buyer', task)),
  'forgotten after it was looked at': () => Promise.resolve(bind(task)),
  'forgotten in a chain': () => bind(task).then(() => undefined),
  'forgotten in a step': () => bind(steps).next(),
  'forgotten in a query': () => bind(query).then(() => undefined),
  'handled before it was bound': () => {
    const promise = task()
    promise.catch(() => {})
    bind(() => promise)
  },
  'handled by catch': () => bind(task).catch(() => {}),
  'handled by await': async () => {
    try {
      await bind(task)
    } catch {}
  },
  'handled by allSettled': () => Promise.allSettled([bind(task), bind(() => asAgent('buyer', task))]),
  'handled in a step': async () => {
    try {
      for await (const _ of bind(steps));
    } catch {}
  },
  'handled in a query': async () => {
    try {
      await bind(query)
    } catch {}
  },
  'handled in a stream': async () => {
    try {
      for await (const _ of bind(stream));
    } catch {}
  },
  'handled later': () => {
    const promise = bind(task)
    setTimeout(() => promise.catch(() => {}), 20)
    return promise
  },
}

const rejecting = HOW[process.argv[2]]
let returned
if (process.argv[3] === 'listening') {
  process.on('unhandledRejection', (error, promise) => {
    console.log(`unhandledRejection: ${error.message}${promise === returned ? ', the very promise' : ''}`)
  })
  process.on('rejectionHandled', () => console.log('rejectionHandled'))
}
returned = rejecting()
await new Promise((resolve) => setTimeout(resolve, 50))
