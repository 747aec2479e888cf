import { diag, DiagLogLevel, trace } from '@opentelemetry/api'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { currentAttribution } from '../../src/index.ts'
import type { OnBehalfOf } from '../../src/index.ts'
import { attributed as onExpress } from '../../src/express.ts'
import { attributed } from '../../src/fetch.ts'
import { newFaults } from '../runtime/faults.ts'
import { silence, TOOL, tracing } from '../runtime/provider.ts'
import type { Traced } from '../runtime/provider.ts'
import { HERE, startIssuer } from './tokens.ts'

const KAI = 'kai@contoso.com'
const { verifier, token } = await startIssuer()

let traced: Traced
beforeEach(() => {
  newFaults()
  traced = tracing()
})
afterEach(silence)

const principal = ({ headers }: Request) => headers.get('x-user')

function asking(headers: Record<string, string> = {}): Request {
  return new Request('http://localhost/ask', { headers })
}

async function bearing(user: string, claims?: Readonly<Record<string, unknown>>): Promise<Request> {
  return asking({ authorization: `Bearer ${await token(user, claims)}` })
}

const act = () => trace.getTracer('app').startSpan('act', { attributes: TOOL }).end()

async function acting(): Promise<Response> {
  await wait(1)
  act()
  return new Response('ok')
}

describe('the options of an edge', () => {
  it.each([
    ['a name that is unknown', { principle: () => KAI }, 'option principle: is unknown; did you mean principal?'],
    ['a principal that is no function', { principal: KAI }, 'option principal: has to be a function of the request'],
    ['a verifier that is none', { verifier: {} }, 'option verifier: has to be a token verifier'],
    ['required that is no flag', { required: 'yes' }, 'option required: has to be true or false'],
    ['nothing', null, 'options: has to be an object'],
  ])('refuses %s before the app starts', (_, options, problem) => {
    expect(() => onExpress(options as never)).toThrow(problem)
  })

  it('names every problem at once', () => {
    const options = { intent: 'work', correlationId: 7 } as never
    expect(() => attributed(options, acting)).toThrow(/option intent: .*\n.*option correlationId: /u)
  })
})

describe('who asks', () => {
  it('is what the token says: the user, the agents, the grant and the transaction', async () => {
    let bound: unknown
    const claims = { act: { sub: 'planner' }, scope: 'mail.send' }
    const handler = attributed({ verifier, intent: () => 'work' }, () => (bound = currentAttribution()))
    await handler(await bearing(KAI, claims))
    expect(bound).toMatchObject({
      principal: { id: KAI, issuer: 'https://login.example' },
      actorChain: ['planner'],
      authority: { type: 'oauth', scopes: ['mail.send'] },
      intent: { summary: 'work' },
    })
  })

  it('is in dispute where the token and the authentication name different users', async () => {
    const handler = attributed({ verifier, principal: () => 'mia@contoso.com', intent: () => 'work' }, acting)
    await handler(await bearing(KAI))
    expect(traced.one('act').findings).toContain('conflicting_identity')
  })

  it('is the authenticated user where the request has no bearer token', async () => {
    const handler = attributed({ verifier, principal, intent: () => 'work', required: true }, acting)
    for (const authorization of ['', 'Basic a2FpOng=', 'DPoP x.y.z', 'Bearer']) {
      const { status } = await handler(asking({ 'x-user': KAI, authorization }))
      expect([authorization, status]).toEqual([authorization, 200])
    }
    const said = traced.seen().map((span) => `${span.principal} ${span.assurance['principal']}`)
    expect(said).toEqual(Array(4).fill(`${KAI} asserted`))
  })

  it('is nobody where the bearer token is refused, whatever else the request has', async () => {
    const handler = attributed({ verifier, principal }, acting)
    for (const authorization of ['Bearer\tx', 'bearer  x, Bearer y', `Bearer ${'x'.repeat(100_000)}`, 'Bearer a b']) {
      await handler(asking({ 'x-user': KAI, authorization }))
    }
    expect(traced.seen().map((span) => span.principal)).toEqual(Array(4).fill(undefined))
    expect(newFaults()).toEqual([])
  })

  it('is nobody, and that is a fault, where the verifier itself fails', async () => {
    for (const verify of [() => Promise.reject(new Error('no')), () => Promise.reject()]) {
      const handler = attributed({ verifier: { verify }, principal: () => KAI }, acting)
      expect(await (await handler(asking({ authorization: 'Bearer x' }))).text()).toBe('ok')
    }
    const throwing = () => {
      throw new Error('no')
    }
    await attributed({ verifier: { verify: throwing } }, acting)(asking({ authorization: 'Bearer x' }))
    expect(traced.seen().map((span) => span.principal)).toEqual(Array(3).fill(undefined))
    expect(newFaults()).toEqual(['edge', 'edge', 'edge'])
  })

  it('is asserted at most where a verifier of the app returns an object of its own', async () => {
    const verify = () => Promise.resolve({ principal: { id: KAI } } as never)
    await attributed({ verifier: { verify }, intent: () => 'work' }, acting)(asking({ authorization: 'Bearer x' }))
    expect(traced.one('act')).toMatchObject({ principal: KAI, assurance: { principal: 'asserted' } })
  })

  it('is what a function of the request makes of a token that is elsewhere', async () => {
    const ofHeader = (request: Request) => {
      const sent = request.headers.get('txn-token')
      return sent === null ? undefined : verifier.verify(sent)
    }
    const handler = attributed({ verifier: ofHeader, intent: () => 'work', required: true }, acting)
    const statuses = []
    for (const headers of [{ 'txn-token': await token(KAI) }, { 'txn-token': 'x' }, {}] as Record<string, string>[]) {
      statuses.push((await handler(asking(headers))).status)
    }
    expect(statuses).toEqual([200, 401, 401])
    expect(traced.one('act')).toMatchObject({ principal: KAI, assurance: { principal: 'verified' } })
    expect(newFaults()).toEqual([])
  })

  it('is a correlation id of the app before that of the trace', async () => {
    const handler = attributed({ principal: () => KAI, correlationId: async () => 'work-7' }, acting)
    await handler(asking())
    expect(traced.one('act').correlation).toBe('work-7')
  })

  it('tells of parts of two flows that the verifier found in one token', async () => {
    const spliced = Object.assign(new Error('spliced'), { name: 'TokenError', code: 'chain_spliced' })
    await attributed(
      { verifier: { verify: () => Promise.reject(spliced) } },
      acting,
    )(asking({ authorization: 'Bearer x' }))
    expect(traced.one('act').findings).toContain('chain_spliced')
  })
})

describe('a token', () => {
  it('is found in nothing that leaves, and in nothing that is kept', async () => {
    const lines: string[] = []
    const take = (...said: readonly unknown[]) => lines.push(said.join(' '))
    diag.setLogger({ error: take, warn: take, info: take, debug: take, verbose: take }, DiagLogLevel.ALL)
    const good = await token(KAI, { act: { sub: 'planner' } })
    const elsewhere = await token(KAI, { aud: 'https://mail.example' })
    const sent: unknown[] = []
    const handler = attributed({ verifier, required: false }, async () => {
      sent.push(currentAttribution())
      return acting()
    })
    for (const bearer of [good, elsewhere, `${good}x`, good.slice(1)]) {
      sent.push(await handler(asking({ authorization: `Bearer ${bearer}` })))
    }
    const strict = attributed({ verifier, required: true }, acting)
    const refused = await strict(asking({ authorization: `Bearer ${elsewhere}` }))
    sent.push([...refused.headers], await refused.text(), traced.spans(), handler, strict, lines, newFaults())
    const all = inspect(sent, { depth: 12, showHidden: true, maxArrayLength: null, maxStringLength: null })
    const parts = [good, elsewhere].flatMap((each) => [each, ...each.split('.').slice(1)])
    expect(all).toContain(KAI)
    for (const part of parts) expect(all.includes(part)).toBe(false)
    expect(lines.filter((line) => line.includes('was refused'))).toEqual([
      'onbehalf: a bearer token was refused: wrong_audience',
      expect.stringContaining('was refused: '),
      expect.stringContaining('was refused: '),
      'onbehalf: a bearer token was refused: wrong_audience',
    ])
  })

  it('is required to name a user, and software that acts for nobody is no one', async () => {
    const handler = attributed({ verifier, required: true }, acting)
    const request = await bearing('batch-job', { client_id: 'batch-job', sub: undefined })
    const { status, headers } = await handler(request)
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
    expect(HERE).toBe('https://assistant.example')
  })
})

describe('a fetch handler', () => {
  it('gets its own request, further arguments and this, and its result passes through', async () => {
    const response = new Response('ok')
    const seen: unknown[] = []
    const app = {
      handle: attributed({ principal: () => KAI }, function (this: unknown, ...given: readonly unknown[]) {
        seen.push(this, ...given)
        return response
      }),
    }
    const request = asking()
    const params = { id: 7 }
    expect(await app.handle(request, params)).toBe(response)
    expect(seen).toEqual([app, request, params])
    expect(request.bodyUsed).toBe(false)
  })

  it('throws what it throws', async () => {
    const error = new Error('mine')
    const handler = attributed({ principal: () => KAI }, () => {
      throw error
    })
    await expect(handler(asking())).rejects.toBe(error)
  })

  it('is bound while its body is made, for as long as that is read', async () => {
    const pieces = async function* () {
      for (let piece = 0; piece < 3; piece++) {
        await wait(1)
        act()
        yield 'piece'
      }
    }
    const streaming = () => new Response(ReadableStream.from(pieces()).pipeThrough(new TextEncoderStream()))
    const response = await attributed({ principal: () => KAI, intent: () => 'work' }, streaming)(asking())
    await wait(5)
    await response.text()
    expect(traced.seen().map((span) => span.principal)).toEqual([KAI, KAI, KAI])
    expect(traced.seen().flatMap(({ findings }) => findings)).not.toContain('stale_binding')
  })

  it('leaves nothing bound for what outlives it', async () => {
    let late = Promise.resolve()
    const handler = attributed({ principal: () => KAI, intent: () => 'work' }, async () => {
      late = wait(10).then(act)
      return new Response('ok')
    })
    await (await handler(asking())).text()
    await late
    expect(traced.one('act').findings).toContain('stale_binding')
  })

  it('continues the trace that the headers name only where no span is active', async () => {
    const { propagation } = await import('@opentelemetry/api')
    const { W3CTraceContextPropagator } = await import('@opentelemetry/core')
    propagation.setGlobalPropagator(new W3CTraceContextPropagator())
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const handler = attributed({ principal: () => KAI, intent: () => 'work' }, acting)
    await handler(asking({ traceparent }))
    const own = await traced.tracer.startActiveSpan('server', async (span) => {
      await handler(asking({ traceparent }))
      span.end()
      return span.spanContext().traceId
    })
    expect(
      traced
        .seen()
        .filter(({ name }) => name === 'act')
        .map(({ traceId }) => traceId),
    ).toEqual(['0af7651916cd43dd8448eb211c80319c', own])
  })
})

describe('a middleware', () => {
  it('knows that the response was sent while it waited for who asks', async () => {
    const response = Object.assign(new EventEmitter(), {
      headersSent: false,
      writableEnded: false,
      statusCode: 200,
      setHeader: () => {},
      end: () => {},
    })
    let late = Promise.resolve()
    const middleware = onExpress({ principal: () => wait(5).then(() => KAI), intent: () => 'work' })
    const served = middleware({ headers: {} }, response, () => void (late = wait(5).then(act)))
    response.writableEnded = true
    response.emit('close')
    await served
    await late
    expect(traced.one('act').findings).toContain('stale_binding')
  })

  it('knows of a caller who had gone away before it was called, behind slow authentication', async () => {
    const server = createServer((request, response) => {
      request.on('close', () => {
        onExpress({ principal: () => KAI, intent: () => 'work' })(request, response, () => {
          response.end('too late')
          setTimeout(() => {
            act()
            server.close()
          }, 10)
        })
      })
    })
    await once(server.listen(0), 'listening')
    const { port } = server.address() as AddressInfo
    const socket = connect({ port }, () => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n', () => socket.destroy()))
    await once(server, 'close')
    expect(traced.one('act').findings).toContain('stale_binding')
  })

  it('calls next once, in the same turn where nothing has to be waited for', () => {
    const middleware = onExpress({ principal: () => ({ id: KAI }) satisfies OnBehalfOf['principal'] })
    const bound: unknown[] = []
    const response = {
      headersSent: false,
      writableEnded: false,
      statusCode: 200,
      setHeader: () => {},
      end: () => {},
      on: () => {},
    }
    middleware({ headers: {} }, response, () => void bound.push(currentAttribution()?.principal))
    expect(bound).toEqual([{ id: KAI }])
  })

  it('is harmless where the request or the response is broken', async () => {
    const broken = new Proxy(
      {},
      {
        get: () => {
          throw new Error('broken')
        },
      },
    ) // oxlint-disable-line
    const called: unknown[] = []
    for (const required of [false, true]) {
      await onExpress({ verifier, principal: (request) => request['user'], required })(
        broken as never,
        broken as never,
        (error) => called.push(error),
      )
    }
    expect(called).toEqual([undefined])
  })
})
