import { Agent, request as ask } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startIssuer } from '../edges/tokens.ts'
import type { Issuer } from '../edges/tokens.ts'
import { meeting } from '../live/meeting.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import type { Seen } from '../live/seen.ts'
import { TOOL } from '../runtime/provider.ts'
import { EDGES } from './edges.ts'
import type { Edge, Options, Work } from './edges.ts'

const KAI = 'kai@contoso.com'
const MIA = 'mia@contoso.com'

/** The header of a request, in whatever a framework hands to a function of the options. */
// oxlint-disable-next-line typescript/no-explicit-any
function headerOf(request: any, name: string): string | undefined {
  const headers = request.req?.raw.headers ?? request.headers
  return typeof headers.get === 'function' ? (headers.get(name) ?? undefined) : headers[name]
}

// oxlint-disable-next-line typescript/no-explicit-any
const principal = (request: any) => {
  const user = headerOf(request, 'x-user')
  return user === undefined ? undefined : { id: user, type: 'human' as const }
}
const intent = () => 'work'

function act(name: string): void {
  trace.getTracer('app').startSpan(name, { attributes: TOOL }).end()
}

interface Reply {
  readonly status: number
  readonly challenge: string | undefined
  readonly body: string
}

/** All requests in one write on one connection, read to its end. */
function pipelined(server: Server, users: readonly string[]): Promise<string> {
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  const requests = users.map((user, at) => {
    const end = at === users.length - 1 ? 'close' : 'keep-alive'
    return `GET /stream?user=${user} HTTP/1.1\r\nhost: localhost\r\nx-user: ${user}\r\nconnection: ${end}\r\n\r\n`
  })
  socket.write(requests.join(''))
  return text(socket)
}

interface Asking {
  readonly sent?: string
  readonly headers?: Record<string, string>
  readonly agent?: Agent
  readonly read?: (response: IncomingMessage) => Promise<string>
}

function asking(
  server: Server,
  path: string,
  { headers = {}, agent, read = text, sent: body }: Asking = {},
): Promise<Reply> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const sent = ask({ host: '127.0.0.1', port, path, method, headers, ...(agent === undefined ? {} : { agent }) })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const { statusCode: status = 0, headers: got } = response
      read(response).then((body) => resolve({ status, challenge: got['www-authenticate'], body }), reject)
    })
    sent.end(body)
  })
}

/** What holds for an edge of every framework, with and without an instrumentation of http. */
export function edgeSuite(startSdk: () => LiveSdk, isInstrumented: boolean): void {
  let sdk: LiveSdk
  let issuer: Issuer
  let meet = meeting(0)
  let held = meeting(0)

  const work: Work = {
    act: async (user) => {
      await meet()
      for (let time = 0; time < 2; time++) {
        await wait(1)
        act(user)
      }
    },
    async *stream(user) {
      await meet()
      for (let piece = 0; piece < 3; piece++) {
        await wait(5)
        act(user)
        yield `${piece} `
      }
      await held()
      act(user)
    },
  }

  beforeAll(async () => {
    sdk = startSdk()
    issuer = await startIssuer()
  })
  afterAll(() => sdk.stop())

  async function acts(start: Edge['start'], options: Options, run: (at: Server) => Promise<unknown>) {
    sdk.clear()
    const { server, stop } = await start(options, work)
    try {
      await run(server)
      await wait(10)
      return await sdk.judged()
    } finally {
      await stop()
    }
  }

  const saying = (judged: readonly Seen[]) =>
    judged
      .map((one) => [one.name, one.principal ?? 'nobody', one.assurance['principal'] ?? '', ...one.findings].join(' '))
      .toSorted()

  describe.each(EDGES)('$name', ({ start, isWeb }) => {
    /** A root span of a tool belongs to nobody's work. */
    const nobody = `${KAI} nobody  missing_intent missing_principal${isInstrumented ? '' : ' orphan_effect'}`

    it('binds two users who ask at once, each to what is done for them', async () => {
      meet = meeting(4)
      const judged = await acts(start, { principal, intent }, (server) =>
        Promise.all(
          [KAI, MIA, KAI, MIA].map((user) => asking(server, `/ask?user=${user}`, { headers: { 'x-user': user } })),
        ),
      )
      const each = (user: string) => Array<string>(4).fill(`${user} ${user} asserted`)
      expect(saying(judged)).toEqual([...each(KAI), ...each(MIA)])
      expect(judged.every((one) => one.intent === 'work')).toBe(true)
      expect(new Set(judged.map(({ correlation }) => correlation)).size).toBe(4)
    })

    it('keeps two requests on one connection apart, and each bound while its response streams', async () => {
      meet = meeting(1)
      held = meeting(1)
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const judged = await acts(start, { principal, intent }, (server) =>
        Promise.all(
          [KAI, MIA].map((user) => asking(server, `/stream?user=${user}`, { agent, headers: { 'x-user': user } })),
        ),
      )
      agent.destroy()
      const each = (user: string) => Array<string>(4).fill(`${user} ${user} asserted`)
      expect(saying(judged)).toEqual([...each(KAI), ...each(MIA)])
    })

    it('keeps requests apart that come in one piece on one connection', async () => {
      meet = meeting(1)
      held = meeting(1)
      const users = [KAI, MIA, KAI]
      const judged = await acts(start, { principal: async (request) => principal(request), intent }, (server) =>
        pipelined(server, users),
      )
      const each = (user: string, times: number) => Array<string>(4 * times).fill(`${user} ${user} asserted`)
      expect(saying(judged)).toEqual([...each(KAI, 2), ...each(MIA, 1)])
    })

    it('leaves the body of a request alone, however long it waits', async () => {
      const sent = 'x'.repeat(300_000)
      const slowly = (request: unknown) => wait(20).then(() => principal(request))
      await acts(start, { principal: slowly, intent }, async (server) => {
        const headers = { 'x-user': KAI, 'content-type': 'application/octet-stream' }
        expect(await asking(server, '/read', { headers, sent })).toMatchObject({ status: 200, body: '300000' })
      })
    })

    it('binds what a token says as verified', async () => {
      meet = meeting(2)
      const judged = await acts(start, { verifier: issuer.verifier, intent: async () => 'work' }, (server) =>
        Promise.all(
          [KAI, MIA].map(async (user) => {
            const authorization = `Bearer ${await issuer.token(user)}`
            return asking(server, `/ask?user=${user}`, { headers: { authorization } })
          }),
        ),
      )
      const each = (user: string) => Array<string>(2).fill(`${user} ${user} verified`)
      expect(saying(judged)).toEqual([...each(KAI), ...each(MIA)])
    })

    it('serves a request with a refused token unbound, and says so where it was for another service', async () => {
      meet = meeting(1)
      const token = await issuer.token(KAI, { aud: 'https://mail.example' })
      const bearers = [`Bearer ${token}`, 'bearer opaque', `Bearer ${token.slice(0, -4)}AAAA`]
      const judged = await acts(start, { verifier: issuer.verifier, principal, intent }, async (server) => {
        for (const authorization of bearers) {
          const headers = { authorization, 'x-user': MIA }
          expect(await asking(server, `/ask?user=${KAI}`, { headers })).toMatchObject({ status: 200, body: 'ok' })
        }
      })
      expect(saying(judged)).toEqual([
        ...Array<string>(4).fill(nobody),
        ...Array<string>(2).fill(`${nobody} token_passthrough`),
      ])
    })

    it('answers 401 where someone is required, and does not run the handler', async () => {
      meet = meeting(1)
      const options = { verifier: issuer.verifier, principal, required: true }
      const judged = await acts(start, options, async (server) => {
        const ask = (headers: Record<string, string>) => asking(server, `/ask?user=${KAI}`, { headers })
        expect(await ask({})).toEqual({ status: 401, challenge: 'Bearer', body: '' })
        expect(await ask({ 'x-user': 'anonymous' })).toMatchObject({ status: 401, challenge: 'Bearer' })
        const refused = { status: 401, challenge: 'Bearer error="invalid_token"', body: '' }
        expect(await ask({ authorization: 'Bearer opaque', 'x-user': KAI })).toEqual(refused)
        expect(await ask({ 'x-user': KAI })).toMatchObject({ status: 200 })
      })
      expect(saying(judged)).toEqual(Array(2).fill(`${KAI} ${KAI} asserted missing_intent`))
    })

    it('serves the request where an option throws, rejects or returns nonsense', async () => {
      meet = meeting(1)
      const fails = () => {
        throw new Error('no')
      }
      const run = (server: Server) => asking(server, `/ask?user=${KAI}`, { headers: { 'x-user': KAI } })
      for (const bad of [fails, () => Promise.reject(new Error('no')), () => 42 as never]) {
        expect(saying(await acts(start, { principal: bad, intent }, run))).toEqual(Array(2).fill(nobody))
        const named = await acts(start, { principal, intent: bad, correlationId: bad }, run)
        expect(saying(named)).toEqual(Array(2).fill(`${KAI} ${KAI} asserted missing_intent`))
      }
      expect(
        await acts(start, { principal: fails, required: true }, async (server) => {
          expect(await run(server)).toMatchObject({ status: 401 })
        }),
      ).toEqual([])
    })

    it('leaves errors of handlers to the framework', async () => {
      await acts(start, { principal, intent }, async (server) => {
        const { status, body } = await asking(server, '/fail', { headers: { 'x-user': KAI } })
        expect({ status, body }).toEqual({ status: 500, body: expect.stringMatching(/^\w+: the handler failed$/u) })
      })
    })

    it('goes on for the caller when they have gone away, and for the next one as usual', async () => {
      meet = meeting(1)
      held = meeting(2)
      const gone = async (response: IncomingMessage) => {
        response.once('data', () => response.destroy())
        await new Promise((resolve) => response.once('close', resolve))
        return ''
      }
      const judged = await acts(start, { principal, intent }, async (server) => {
        await asking(server, `/stream?user=${KAI}`, { headers: { 'x-user': KAI }, read: gone })
        await wait(30)
        held = meeting(1)
        await asking(server, `/stream?user=${MIA}`, { headers: { 'x-user': MIA } })
      })
      expect(judged.filter(({ name, principal: bound }) => name !== bound)).toEqual([])
      const found = new Set(judged.flatMap(({ findings }) => findings))
      expect(isWeb ? [...found].filter((code) => code !== 'stale_binding') : [...found]).toEqual([])
      expect(judged.filter(({ name }) => name === MIA)).toHaveLength(4)
    })

    it('goes on for a caller who has gone away before the answer', async () => {
      meet = meeting(2)
      const judged = await acts(start, { principal, intent }, async (server) => {
        const { port } = server.address() as AddressInfo
        const sent = ask({ host: '127.0.0.1', port, path: `/ask?user=${KAI}`, headers: { 'x-user': KAI } })
        const closed = new Promise((resolve) => sent.once('close', resolve).once('error', resolve))
        sent.end()
        await wait(20)
        sent.destroy()
        await closed
        await wait(20)
        await meet()
        await wait(20)
      })
      expect(saying(judged)).toEqual(Array<string>(2).fill(`${KAI} ${KAI} asserted`))
    })

    it(`continues the trace of the caller, ${isInstrumented ? 'as' : 'where no'} instrumentation did`, async () => {
      meet = meeting(1)
      const traceId = '0af7651916cd43dd8448eb211c80319c'
      const headers = { 'x-user': KAI, traceparent: `00-${traceId}-b7ad6b7169203331-01` }
      const judged = await acts(start, { principal, intent }, (server) =>
        asking(server, `/ask?user=${KAI}`, { headers }),
      )
      expect(judged).toHaveLength(2)
      // What asks is instrumented too, and puts its own span in place of the given one.
      const trace = isInstrumented ? judged[0]?.traceId : traceId
      expect(judged.every((one) => one.traceId === trace)).toBe(true)
      expect(judged.every((one) => one.correlation === one.traceId)).toBe(true)
    })
  })
}
