// Batches that DataLoader and a cargo of `async` make of what three users ask for at once, and of what one asks for.
import { SpanKind, trace } from '@opentelemetry/api'
import { asAgent, decided, onBehalfOf } from '../../../dist/index.js'
import { load } from '../lines/newest/load.mjs'

const [{ default: DataLoader }, { cargo }, { default: Bottleneck }] = [
  await load('dataloader'),
  await load('async'),
  await load('bottleneck'),
]

function act(name) {
  const attributes = { 'server.address': 'shop' }
  // The batch is an agent's, so that what it does is judged.
  asAgent('batch', () => trace.getTracer('app').startSpan(name, { kind: SpanKind.CLIENT, attributes }).end())
}

const nameOf = (library, keys) => {
  if (keys.includes('two decisions')) return `${library} under two decisions`
  return `${library} ${new Set(keys).size === 1 ? 'of one' : 'of all'}`
}
const loader = new DataLoader(
  async (keys) => {
    act(nameOf('dataloader', keys))
    return keys
  },
  { cache: false },
)
const load3 = cargo((keys, done) => {
  act(nameOf('cargo', keys))
  done()
}, 9)
const push = (key) => new Promise((resolve) => load3.push(key, resolve))

const batcher = new Bottleneck.Batcher({ maxSize: 3, maxTime: 10 })
batcher.on('batch', (keys) => act(nameOf('bottleneck', keys)))

const asUser = (user, work) => onBehalfOf({ principal: { id: user, type: 'human' }, intent: 'order' }, work)
const USERS = ['kai@contoso.com', 'mia@contoso.com', 'lee@contoso.com']

for (const ask of [(key) => loader.load(key), push]) {
  await Promise.all(USERS.map((user) => asUser(user, () => ask(user))))
  await asUser('kai@contoso.com', () => Promise.all([ask('kai@contoso.com'), ask('kai@contoso.com')]))
}
await Promise.all(USERS.map((user) => asUser(user, () => batcher.add(user))))
// One user, once allowed and once not.
await asUser('kai@contoso.com', () =>
  Promise.all(['allow', 'deny'].map((outcome) => decided({ outcome }, () => loader.load('two decisions')))),
)
process.emit('SIGTERM')
