import http from 'node:http'
import type { IncomingHttpHeaders, RequestOptions } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { onBehalfOf } from '../../src/index.ts'
import { startLiveSdk } from './live-sdk.ts'
import type { LiveSdk } from './live-sdk.ts'
import { loopback } from './loopback.ts'
import type { Loopback } from './loopback.ts'

/** One server by two names: `127.0.0.1` is listed, `localhost` is not. */
const LISTED = '127.0.0.1'
const UNLISTED = 'localhost'

let sdk: LiveSdk
let server: Loopback
/** How often a path still breaks the connection off before it answers. */
let breaks = 0

interface Arrived {
  readonly host: string
  readonly principal: string | undefined
  readonly app: string | undefined
  /** How many entries of baggage bear our names, in any case. */
  readonly ours: number
  readonly socket: number | undefined
}

let arrived: Arrived[] = []

beforeAll(async () => {
  sdk = startLiveSdk({ baggage: { hosts: [LISTED] } })
  server = await loopback((request, response) => {
    arrived.push(arrivedWith(request.headers, request.socket.remotePort))
    const target = new URL(request.url ?? '', 'http://any').searchParams.get('to')
    if (request.url === '/breaks' && breaks-- > 0) return void request.socket.destroy()
    if (target !== null) return void response.writeHead(307, { location: target }).end()
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

function arrivedWith(headers: IncomingHttpHeaders, socket: number | undefined): Arrived {
  const entries = String(headers['baggage'] ?? '')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
  const valueOf = (name: string) => entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1)
  const principal = valueOf('attribution.principal.id')
  const host = String(headers.host).replace(/:\d+$/u, '')
  const ours = entries.filter((entry) => entry.startsWith('attribution.')).length
  return { host, principal: principal && decodeURIComponent(principal), app: valueOf('app'), ours, socket }
}

const urlAt = (host: string, path = '') => server.url.replace(LISTED, host) + path
const redirecting = (from: string, to: string) => urlAt(from, `?to=${encodeURIComponent(urlAt(to))}`)
const asUser = <T>(user: string, work: () => T) => onBehalfOf({ principal: user, intent: 'work' }, work)
const kai = <T>(work: () => T) => asUser('kai@contoso.com', work)
const reached = () => arrived.map(({ host, principal, ours }) => ({ host, principal, isClean: ours === 0 }))

const SENT = { host: LISTED, principal: 'kai@contoso.com', isClean: false }
const HELD_BACK = { host: UNLISTED, principal: undefined, isClean: true }

interface Got {
  readonly location: string | undefined
  readonly sent: http.OutgoingHttpHeaders
}

function get(url: string, options: RequestOptions = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, options, (response) => {
      response.resume().once('end', () => resolve({ location: response.headers.location, sent: request.getHeaders() }))
    })
    request.once('error', reject)
  })
}

/** By hand, as apps follow redirects over `node:http`: with the same options, or with what was sent before. */
const FOLLOWERS = {
  'fetch, which follows by itself': (url: string) => fetch(url).then((response) => response.text()),
  'node:http, with the same options': async (url: string) => {
    const options = { headers: { accept: '*/*' } }
    const { location } = await get(url, options)
    await get(String(location), options)
  },
  'node:http, with the headers that went out before': async (url: string) => {
    const { location, sent } = await get(url)
    delete sent['host']
    await get(String(location), { headers: sent })
  },
  'node:http, with those headers as another library spells them': async (url: string) => {
    const { location, sent } = await get(url)
    await get(String(location), { headers: { Baggage: [String(sent['baggage'] ?? 'app=1')] } })
  },
} as const

describe.each(Object.entries(FOLLOWERS))('a redirect followed by %s', (_, follow) => {
  it('takes nobody’s attribution from a listed host to one that is not', async () => {
    await kai(() => follow(redirecting(LISTED, UNLISTED)))
    expect(reached()).toEqual([SENT, HELD_BACK])
  })

  it('says who asked only where it arrives at a listed host', async () => {
    await kai(() => follow(redirecting(UNLISTED, LISTED)))
    expect(reached()).toEqual([HELD_BACK, SENT])
  })
})

describe('headers that are passed on', () => {
  const FOREIGN =
    'app=1, attribution.principal.id=eve%40contoso.com;p=1 ,Attribution.Actor.id=eve, attri%62ution.intent.id=i'

  it.each([LISTED, UNLISTED])('by an app from a request that it serves lose what is ours, to %s', async (host) => {
    await get(urlAt(host), { headers: { baggage: FOREIGN } })
    expect(arrived).toMatchObject([{ host, ours: 0, app: '1' }])
  })

  it('are not changed in the hands of the app', async () => {
    const headers = { baggage: FOREIGN }
    await get(urlAt(LISTED), { headers })
    expect(headers).toEqual({ baggage: FOREIGN })
  })
})

describe('one connection', () => {
  it('that many users take turns on carries for each of them who asked', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const users = ['kai', 'mia', 'ada', 'bob']
    await Promise.all(users.map((user) => asUser(user, () => get(urlAt(LISTED), { agent }))))
    agent.destroy()
    expect(arrived.map(({ principal }) => principal)).toEqual(users)
    expect(new Set(arrived.map(({ socket }) => socket)).size).toBe(1)
  })

  it('that broke is opened anew for the same user', async () => {
    breaks = 1
    const tryTwice = () => fetch(urlAt(LISTED, 'breaks')).catch(() => fetch(urlAt(LISTED, 'breaks')))
    await Promise.all([kai(tryTwice), asUser('mia', () => fetch(urlAt(LISTED)))])
    const byUser = (user: string) => arrived.filter(({ principal }) => principal === user)
    expect(byUser('kai@contoso.com').length).toBeGreaterThanOrEqual(2)
    expect(byUser('mia')).toHaveLength(1)
    expect(arrived).toHaveLength(byUser('kai@contoso.com').length + 1)
  })
})
