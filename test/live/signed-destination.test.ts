import http from 'node:http'
import type { RequestOptions } from 'node:http'
import { fetch as undiciFetch } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { onBehalfOf } from '../../src/index.ts'
import { newPair } from '../trust/carriers/sample-keys.ts'
import { startLiveSdk } from './live-sdk.ts'
import type { LiveSdk } from './live-sdk.ts'
import { loopback } from './loopback.ts'
import type { Loopback } from './loopback.ts'

const LISTED = '127.0.0.1'

let sdk: LiveSdk
let server: Loopback
let arrived: unknown[] = []
beforeAll(async () => {
  const signing = { key: newPair('k').privateJwk, issuer: 'chat' }
  sdk = startLiveSdk({ signing, baggage: { hosts: [LISTED, 'mail.internal'] } })
  server = await loopback((request, response) => {
    arrived.push(request.headers['baggage'])
    if (request.url === '/elsewhere') response.writeHead(302, { location: `http://localhost:${port()}/` })
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

const port = () => Number(new URL(server.url).port)
const kai = <T>(work: () => T) => onBehalfOf({ principal: 'kai@contoso.com', intent: 'work' }, work)
const SIGNED = expect.stringMatching(/^attribution=eyJ[\w-]+\.[\w-]+\.[\w-]{86}$/u) as unknown

function get(options: RequestOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: LISTED, port: port(), ...options }, (response) => {
      response.resume().once('end', resolve)
    })
    request.once('error', reject).end()
  })
}

describe('a signed carrier', () => {
  it.each<[string, readonly unknown[], () => Promise<unknown>]>([
    ['goes to a listed host', [SIGNED], () => get({ path: '/' })],
    ['goes to a listed host with fetch', [SIGNED], () => fetch(server.url)],
    ['goes to a listed host with undici', [SIGNED], () => undiciFetch(server.url)],
    ['goes where a proxy passes it to a listed host', [SIGNED], () => get({ path: 'http://mail.internal/x' })],
    ['does not go where a proxy passes it on', [undefined], () => get({ path: 'http://evil.example/x' })],
    ['does not go to another Host', [undefined], () => get({ path: '/', headers: { host: 'evil.example' } })],
    ['does not go to a host that is not listed', [undefined], () => fetch(`http://localhost:${port()}/`)],
    ['does not follow a redirect', [SIGNED, undefined], () => fetch(`${server.url}elsewhere`)],
  ])('%s', async (_, sent, send) => {
    await kai(send)
    expect(arrived).toEqual(sent)
  })
  it('that the app itself passes on goes nowhere', async () => {
    await kai(() => get({ path: '/', headers: { baggage: 'Attribution=stolen,tenant=blue', host: 'evil.example' } }))
    expect(arrived).toEqual(['tenant=blue'])
  })
})
