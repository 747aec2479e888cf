import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { onBehalfOf, tokenVerifier } from 'onbehalf'
import { median, spread } from './figures.mjs'

const ROUNDS = Number(process.env.ROUNDS ?? 60)
const BINDINGS = 4_000

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

async function verifiedIdentity() {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const issuer = 'https://login.example'
  const token = await new SignJWT({ sub: 'kai@contoso.com', act: { sub: 'reports' }, scope: 'mail.send', jti: 't1' })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuer(issuer)
    .setAudience('mail')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey)
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] }
  const issuers = [{ issuer, jwks, audience: 'mail', algorithms: ['ES256'], profile: 'rfc8693' }]
  return await tokenVerifier({ issuers }).verify(token)
}

const identity = await verifiedIdentity()
const { principal, authority } = identity
const intent = 'send the weekly report'
const nothing = () => undefined

const BINDINGS_OF = {
  'by word of the code, without a grant': () => onBehalfOf({ principal, intent }, nothing),
  'by word of the code, the same facets': () => onBehalfOf({ principal, authority, intent }, nothing),
  'by a checked token': () => onBehalfOf({ identity, intent }, nothing),
}

function nanosecondsEach(work) {
  const before = process.cpuUsage()
  for (let i = 0; i < BINDINGS; i++) work()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1_000) / BINDINGS
}

const figures = Object.fromEntries(Object.keys(BINDINGS_OF).map((name) => [name, []]))
for (let round = -5; round < ROUNDS; round++) {
  for (const [name, work] of Object.entries(BINDINGS_OF)) {
    const cost = nanosecondsEach(work)
    if (round >= 0) figures[name].push(cost)
  }
}

const row = (values) => ({ median: median(values), spread: spread(values) })
console.log(JSON.stringify(Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, row(values)]))))
