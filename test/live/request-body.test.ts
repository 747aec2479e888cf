import { AsyncResource } from 'node:async_hooks'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { trace } from '@opentelemetry/api'
import express, { text } from 'express'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, onBehalfOf } from '../../src/index.ts'
import { TOOL } from '../runtime/provider.ts'
import { startLiveSdk } from './live-sdk.ts'
import type { LiveSdk } from './live-sdk.ts'
import { loopback } from './loopback.ts'

let sdk: LiveSdk

beforeAll(() => {
  sdk = startLiveSdk()
})
afterAll(() => sdk.stop())
beforeEach(() => sdk.clear())

const USERS = ['kai@contoso.com', 'mia@contoso.com', 'ada@contoso.com'] as const

/** The edge: who asks stands in a header. */
const bound = <T>(request: Pick<IncomingMessage, 'headers'>, work: () => T) =>
  onBehalfOf({ principal: { id: String(request.headers['x-user']), type: 'human' }, intent: 'work' }, () =>
    asAgent('assistant', work),
  )

/** A tool, named after the user whose body was read. */
const act = (body: string) => trace.getTracer('app').startSpan(body, { attributes: TOOL }).end()

function answered(response: ServerResponse, body: string): void {
  act(body)
  response.end()
}

async function served(answer: RequestListener): Promise<void> {
  const server = await loopback(answer)
  const ask = (user: string) => fetch(server.url, { method: 'POST', body: user, headers: { 'x-user': user } })
  await Promise.all([...USERS, ...USERS].map(ask))
  await server.close()
}

const byEvents =
  (keep: <T extends () => void>(listener: T) => T): RequestListener =>
  (request, response) =>
    bound(request, () => {
      let body = ''
      request.on('data', (chunk) => (body += String(chunk)))
      request.on(
        'end',
        keep(() => answered(response, body)),
      )
    })

const readers: Readonly<Record<string, RequestListener>> = {
  'events, whose listener is bound by AsyncResource.bind': byEvents((listener) => AsyncResource.bind(listener)),
  'for await': (request, response) =>
    void bound(request, async () => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      answered(response, body)
    }),
  'a pipeline': (request, response) =>
    void bound(request, () =>
      pipeline(request, async (chunks) => {
        let body = ''
        for await (const chunk of chunks) body += String(chunk)
        answered(response, body)
      }),
    ),
}

async function acted() {
  return (await sdk.judged())
    .map(({ name, principal, findings }) => ({ name, principal, findings }))
    .toSorted((a, b) => a.name.localeCompare(b.name))
}
const EACH = [...USERS, ...USERS].toSorted().map((name) => ({ name, principal: name, findings: [] }))

describe('a body that is read inside the binding', () => {
  it.each(Object.entries(readers))('by %s leaves each user bound', async (_, answer) => {
    await served(answer)
    expect(await acted()).toEqual(EACH)
  })

  it('by events of the request is nobody’s: their listeners run in the context that the request came in', async () => {
    await served(byEvents((listener) => listener))
    const missing = { principal: undefined, findings: ['missing_intent', 'missing_principal'] }
    expect(await acted()).toEqual(EACH.map(({ name }) => ({ name, ...missing })))
  })

  it('by a middleware behind the one that binds leaves each user bound', async () => {
    const app = express()
    app.use((request, _, next) => bound(request, next))
    app.use(text({ type: () => true }))
    app.use((request, response) => answered(response, String(request.body)))
    await served(app)
    expect(await acted()).toEqual(EACH)
  })
})
