// A retry and a redirect of undici over a connection that another user opened, and a p-queue that another one starts.
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { SpanKind, trace } from '@opentelemetry/api'
import { asAgent, onBehalfOf } from '../../../dist/index.js'
import { load } from '../lines/newest/load.mjs'

const { Agent, RetryAgent, interceptors, request } = await load('undici')
const { default: PQueue } = await load('p-queue')

const asUser = (user, work) =>
  onBehalfOf({ principal: { id: user, type: 'human' }, intent: 'order' }, () => asAgent('buyer', work))

let retries = 0
const server = createServer(({ url }, response) => {
  if (url === '/redirect') response.writeHead(302, { location: '/target' }).end()
  else if (url === '/retry' && retries++ === 0) response.writeHead(503).end()
  else response.end('ok')
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const origin = `http://127.0.0.1:${server.address().port}`
const agent = new Agent({ connections: 1 })
const get = async (path, dispatcher) => (await request(`${origin}${path}`, { dispatcher })).body.text()

const steps = new EventEmitter()
const kai = asUser('kai@contoso.com', async () => {
  await get('/first', agent)
  steps.emit('answered')
  await once(steps, 'end')
})
await once(steps, 'answered')
await asUser('mia@contoso.com', async () => {
  await get('/retry', new RetryAgent(agent, { minTimeout: 5, statusCodes: [503] }))
  await get('/redirect', agent.compose(interceptors.redirect({ maxRedirections: 2 })))
})
steps.emit('end')
await kai

const queue = new PQueue({ autoStart: false })
queue.once('next', () => {
  asAgent('watcher', () => trace.getTracer('app').startSpan('p-queue next', { kind: SpanKind.CLIENT }).end())
})
const job = asUser('mia@contoso.com', () => queue.add(() => {}))
asUser('kai@contoso.com', () => queue.start())
await job
await agent.close()
server.close()
process.emit('SIGTERM')
