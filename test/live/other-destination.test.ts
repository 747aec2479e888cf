import http from 'node:http'
import type { IncomingHttpHeaders, RequestOptions } from 'node:http'
import { context, propagation } from '@opentelemetry/api'
import { Client, fetch as undiciFetch, ProxyAgent, request as undiciRequest } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { onBehalfOf } from '../../src/index.ts'
import { startLiveSdk } from './live-sdk.ts'
import type { LiveSdk } from './live-sdk.ts'
import { loopback } from './loopback.ts'
import type { Loopback } from './loopback.ts'

/** The server is listed by its address. It stands for a proxy, or for one that serves many hosts. */
const LISTED = '127.0.0.1'

let sdk: LiveSdk
let server: Loopback
let arrived: { readonly host: string | undefined; readonly baggage: unknown; readonly isOurs: boolean }[] = []

beforeAll(async () => {
  sdk = startLiveSdk({ baggage: { hosts: [LISTED, 'mail.internal'] } })
  server = await loopback((request, response) => {
    const { host, baggage } = request.headers
    arrived.push({ host, baggage, isOurs: isOurs(request.headers) })
    request.resume().on('end', () => response.end('ok'))
  })
})

afterAll(async () => {
  await server.close()
  await sdk.stop()
})

beforeEach(() => {
  arrived = []
})

const isOurs = ({ baggage = '' }: IncomingHttpHeaders) => String(baggage).includes('attribution.')
const kai = <T>(work: () => T) => onBehalfOf({ principal: 'kai@contoso.com', intent: 'work' }, work)
const port = () => Number(new URL(server.url).port)

function get(options: RequestOptions, change: (request: http.ClientRequest) => void = () => {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: LISTED, port: port(), ...options }, (response) => {
      response.resume().once('end', resolve)
    })
    request.once('error', reject)
    change(request)
    request.end()
  })
}

type Case = readonly [what: string, isSent: boolean, send: () => Promise<unknown>]

const AT_PROXY = 'http://evil.example/x'
const withHost = (host: string) => ({ headers: { host } })

const HTTP: readonly Case[] = [
  ['a request to the listed host', true, () => get({ path: '/' })],
  ['the same with its own name as Host', true, () => get({ path: '/', ...withHost(`${LISTED}:${port()}`) })],
  ['a request for another listed host on it', true, () => get({ path: '/?a=1', ...withHost('mail.internal:8080') })],
  ['a request that a proxy passes to a listed host', true, () => get({ path: 'http://mail.internal/x' })],
  ['a request that a proxy passes to another host', false, () => get({ path: AT_PROXY })],
  ['the same with a query', false, () => get({ path: `${AT_PROXY}?q=1` })],
  ['the same with a Host header that is listed', false, () => get({ path: `${AT_PROXY}?q=1`, ...withHost(LISTED) })],
  ['the same with a default port', false, () => get({ path: 'http://evil.example:80/?q' })],
  ['the same in capitals', false, () => get({ path: 'HTTP://EVIL.example/?q' })],
  ['another Host', false, () => get({ path: '/', ...withHost('evil.example') })],
  ['another Host in other letters', false, () => get({ path: '/', headers: { HOST: 'evil.example' } })],
  ['another Host, set later', false, () => get({ path: '/' }, (request) => request.setHeader('Host', 'evil.example'))],
  ['a Host header with a user', false, () => get({ path: '/', ...withHost(`${LISTED}@evil.example`) })],
  ['a Host that looks like a listed one', false, () => get({ path: '/', ...withHost('mail.internal.evil.example') })],
  ['a Host beside an expectation', false, () => get({ path: '/', headers: { expect: '100-continue', host: 'e.x' } })],
]

describe('over node:http', () => {
  it.each(HTTP)('%s: sent is %s', async (_, isSent, send) => {
    await kai(send)
    expect(arrived.map(({ isOurs: is }) => is)).toEqual([isSent])
  })

  it('keeps what the app put into its baggage where ours is taken out', async () => {
    const app = propagation.createBaggage({ tenant: { value: 'blue' } })
    const send = () => kai(() => get({ path: `${AT_PROXY}?q` }))
    await context.with(propagation.setBaggage(context.active(), app), send)
    expect(arrived).toMatchObject([{ baggage: 'tenant=blue' }])
  })

  it('says nothing to a tunnel, whose end it doesn’t know', async () => {
    const headers = await new Promise<IncomingHttpHeaders>((resolve) => {
      const proxy = http.createServer().on('connect', (request, socket) => {
        socket.end('HTTP/1.1 502 no\r\n\r\n')
        proxy.close()
        resolve(request.headers)
      })
      proxy.listen(0, LISTED, () => {
        const { port: at } = proxy.address() as { port: number }
        const target = { host: LISTED, port: at, method: 'CONNECT', path: 'evil.example:443' }
        kai(() =>
          http
            .request(target)
            .on('connect', () => {})
            .on('error', () => {})
            .end(),
        )
      })
    })
    expect(isOurs(headers)).toBe(false)
  })

  it('says nothing to a socket in the file system, which leads anywhere', async () => {
    const path = `${process.env['TMPDIR'] ?? '/tmp'}/onbehalf-${process.pid}.sock`
    const headers = await new Promise<IncomingHttpHeaders>((resolve) => {
      const local = http.createServer((request, response) => {
        response.end()
        local.close()
        resolve(request.headers)
      })
      local.listen(path, () => void kai(() => http.get({ socketPath: path, host: LISTED, path: '/' })))
    })
    expect(isOurs(headers)).toBe(false)
  })
})

const url = (path = '') => server.url + path

const UNDICI: readonly Case[] = [
  ['fetch', true, () => fetch(url())],
  ['the fetch of the package', true, () => undiciFetch(url())],
  ['request with another Host that is listed', true, () => undiciRequest(url(), withHost('mail.internal'))],
  ['request', true, () => undiciRequest(url())],
  ['request with another Host', false, () => undiciRequest(url(), withHost('evil.example'))],
  ['request with Host in other letters', false, () => undiciRequest(url(), { headers: { HOST: 'evil.example' } })],
  ['request with headers as a list', false, () => undiciRequest(url(), { headers: ['hOst', 'evil.example'] })],
  ['a path that is a URL', false, () => client((one) => one.request({ method: 'GET', path: AT_PROXY }))],
  [
    'a path that is a URL of a listed host',
    true,
    () => client((one) => one.request({ method: 'GET', path: 'http://mail.internal/x' })),
  ],
  [
    'a proxy that is listed',
    false,
    () => undiciRequest(AT_PROXY, { dispatcher: new ProxyAgent({ uri: server.url, proxyTunnel: false }) }),
  ],
]

async function client(use: (one: Client) => Promise<unknown>): Promise<void> {
  const one = new Client(new URL(server.url).origin)
  await use(one)
  await one.close()
}

describe('over undici', () => {
  it.each(UNDICI)('%s: sent is %s', async (_, isSent, send) => {
    await kai(send)
    expect(arrived.map(({ isOurs: is }) => is)).toEqual([isSent])
  })

  it('sends to a listed host after a request to the same URL was held back', async () => {
    await kai(async () => {
      await undiciRequest(url(), withHost('evil.example'))
      await undiciRequest(url())
      await Promise.all([undiciRequest(url(), withHost('evil.example')), undiciRequest(url())])
    })
    const sent = arrived.map(({ host, isOurs: is }) => `${host === 'evil.example'} ${is}`)
    expect(sent.toSorted()).toEqual(['false true', 'false true', 'true false', 'true false'])
  })
})
