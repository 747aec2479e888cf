import { generateKeyPairSync } from 'node:crypto'
import { context, defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import sdkNode from '@opentelemetry/sdk-node'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { asAgent, attribution, onBehalfOf, via } from 'onbehalf'
import { median, spread } from './figures.mjs'

const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = sdkNode.core
const ROUNDS = Number(process.env.ROUNDS ?? 60)
const REQUESTS = 200
const CALLS = 10

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const nothing = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} }
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'bench-1' }
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench-1' }] }
const baggage = { hosts: ['mail.internal'] }
const signing = { key, issuer: 'bench' }
const policy = { boundary: { admit: [{ signer: 'bench', jwks, as: 'asserted' }] } }

const inner = () =>
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] })
const tracer = new BasicTracerProvider({ spanProcessors: [nothing] }).getTracer('bench')

/** What each setup makes of ten calls of one request, and of what comes in. */
const SETUPS = {
  'nothing is sent': {},
  'unsigned entries': { baggage },
  'one signed carrier': { baggage, signing, policy },
}

function propagatorOf(options) {
  return attribution({ ...options, textMapPropagator: inner(), spanProcessors: [nothing] }).textMapPropagator
}

const ASKED = {
  principal: { id: 'kai@contoso.com', type: 'human' },
  intent: 'send the weekly report to the board',
  authority: { id: 'mandate-12', type: 'mandate' },
  correlationId: '6547b8ee-e298-494a-ba34-09a6f715d59d',
}
const CONNECTOR = { id: 'mail-connector', type: 'connector', credential: { id: 'key-7f3a', type: 'own' } }
const CALL = { kind: SpanKind.CLIENT, attributes: { 'server.address': 'mail.internal' } }

/** One request: an agent that calls ten times, each time through a connector, which is a binding of its own. */
function request(propagator) {
  return tracer.startActiveSpan('POST /chat', (span) => {
    const headers = onBehalfOf(ASKED, () =>
      asAgent({ id: 'report-assistant', version: '3' }, () =>
        Array.from({ length: CALLS }, () => via(CONNECTOR, () => call(propagator))),
      ),
    )
    span.end()
    return headers
  })
}

function call(propagator) {
  const client = tracer.startSpan('POST', CALL)
  const headers = {}
  propagator.inject(trace.setSpan(context.active(), client), headers, defaultTextMapSetter)
  client.end()
  return headers
}

function cpu(work) {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return { result, nanoseconds: (user + system) * 1_000 }
}

function round(options) {
  const propagator = propagatorOf(options)
  const sent = cpu(() => Array.from({ length: REQUESTS }, () => request(propagator)))
  const firsts = sent.result.map(([first]) => first)
  const extract = (headers) => propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
  const first = cpu(() => firsts.map(extract))
  const again = cpu(() => firsts.map(extract))
  return {
    out: sent.nanoseconds / (REQUESTS * CALLS),
    in: first.nanoseconds / REQUESTS,
    again: again.nanoseconds / REQUESTS,
  }
}

const costs = Object.fromEntries(Object.keys(SETUPS).map((name) => [name, { out: [], in: [], again: [] }]))
for (let i = -5; i < ROUNDS; i++) {
  for (const [name, options] of Object.entries(SETUPS)) {
    const cost = round(options)
    if (i >= 0) for (const [way, figures] of Object.entries(costs[name])) figures.push(cost[way])
  }
}

const none = costs['nothing is sent']
const added = (name, way) => costs[name][way].map((cost, at) => cost - none[way][at])
const figures = (list) => ({ median: median(list), spread: spread(list) })
const results = Object.fromEntries(
  Object.keys(SETUPS).map((name) => [
    name,
    Object.fromEntries(
      Object.keys(none).map((way) => [way, figures(name === 'nothing is sent' ? none[way] : added(name, way))]),
    ),
  ]),
)
console.log(JSON.stringify(results))
process.exit(0)
