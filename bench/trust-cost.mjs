import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { context, defaultTextMapSetter, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { asAgent, attribution, onBehalfOf, tokenVerifier } from 'onbehalf'
import { median, spread } from './figures.mjs'

const ROUNDS = Number(process.env.ROUNDS ?? 40)
const BINDINGS = 4_000
const REQUESTS = 200
const CALLS = 10

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const tracer = new BasicTracerProvider().getTracer('bench')

async function identity() {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1' }]
  const issuer = 'https://login.example'
  const token = await new SignJWT({ sub: 'kai@contoso.com', act: { sub: 'reports' }, scope: 'mail.send', jti: 't1' })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuer(issuer)
    .setAudience('mail')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey)
  const issuers = [{ issuer, jwks: { keys }, audience: 'mail', algorithms: ['ES256'], profile: 'rfc8693' }]
  return await tokenVerifier({ issuers }).verify(token)
}

const verified = await identity()
const plain = { principal: verified.principal, authority: verified.authority }
const intent = 'send the weekly report'
const nothing = () => undefined

/** The same facets, by word of the code and by a token. */
const BINDING = {
  plain: () => onBehalfOf({ ...plain, intent }, nothing),
  verified: () => onBehalfOf({ identity: verified, intent }, nothing),
}

const { privateKey } = generateKeyPairSync('ed25519')
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'bench' }
const inner = () =>
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] })
const baggage = { hosts: ['api.example'] }

/** How long the last header was. */
let bytes = 0

/** A request that calls another service ten times, each call with headers of its own. */
function request(propagator) {
  const server = tracer.startSpan('POST /chat', { kind: SpanKind.SERVER })
  context.with(trace.setSpan(context.active(), server), () =>
    onBehalfOf({ identity: verified, intent, correlationId: randomBytes(8).toString('hex') }, () =>
      asAgent('reports', () => {
        for (let i = 0; i < CALLS; i++) {
          const attributes = { 'server.address': 'api.example' }
          const call = tracer.startSpan('POST', { kind: SpanKind.CLIENT, attributes })
          const headers = {}
          propagator.inject(trace.setSpan(context.active(), call), headers, defaultTextMapSetter)
          bytes = headers.baggage?.length ?? 0
        }
      }),
    ),
  )
}

const CALLING = {
  silent: () => attribution({ textMapPropagator: inner(), spanProcessors: [] }).textMapPropagator,
  unsigned: () => attribution({ baggage, textMapPropagator: inner(), spanProcessors: [] }).textMapPropagator,
  signed: () =>
    attribution({ baggage, signing: { key, issuer: 'bench' }, textMapPropagator: inner(), spanProcessors: [] })
      .textMapPropagator,
}

function nanosecondsEach(times, work) {
  const before = process.cpuUsage()
  for (let i = 0; i < times; i++) work()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1_000) / times
}

const figures = { plain: [], verified: [], silent: [], unsigned: [], signed: [] }
for (let round = -5; round < ROUNDS; round++) {
  const keep = (name, value) => round < 0 || figures[name].push(value)
  for (const [name, work] of Object.entries(BINDING)) keep(name, nanosecondsEach(BINDINGS, work))
  for (const [name, make] of Object.entries(CALLING)) {
    const propagator = make()
    keep(name, nanosecondsEach(REQUESTS, () => request(propagator)) / CALLS)
    if (bytes > 0 !== (name !== 'silent')) throw new Error(`${name} sent ${bytes} bytes of baggage`)
  }
}

const row = (values) => ({ median: median(values), spread: spread(values) })
console.log(JSON.stringify(Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, row(values)]))))
