import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import { getRequestListener } from '@hono/node-server'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import polka from 'polka'
import restify from 'restify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attributed as onExpress } from '../../src/express.ts'
import { attributed as onFastify } from '../../src/fastify.ts'
import { attributed as onFetch } from '../../src/fetch.ts'
import { attributed as onHono } from '../../src/hono.ts'
import { currentAttribution } from '../../src/index.ts'
import { startIssuer } from '../edges/tokens.ts'
import { blocksOf } from '../docs/page.ts'
import { EACH_THEIRS, startAudience, userOf } from './audience.ts'
import type { Asked } from './audience.ts'
import { nestModule } from './nest.ts'
import { listening } from './recipes.ts'
import type { Act, Started } from './recipes.ts'

const PAGE = readFileSync(new URL('../../docs/edges.md', import.meta.url), 'utf8')

/** The first block under a heading, without its imports. */
function blockUnder(heading: string): string {
  const section = PAGE.split(/^## /mu).find((part) => part.startsWith(`${heading}\n`))
  const [block] = blocksOf(section ?? '')
  if (block === undefined) throw new Error(`no block under ${heading}`)
  return block.text.replaceAll(/^import .*\n/gmu, '').replace(/^export const \w+ =/mu, 'return')
}

function run(block: string, scope: Readonly<Record<string, unknown>>): unknown {
  return compileFunction(block, Object.keys(scope))(...Object.values(scope))
}

interface WithUser extends IncomingMessage {
  user?: string
}

const authenticate = (request: WithUser, _: unknown, next: () => void) => {
  request.user = userOf(request)
  next()
}

const answering = (act: Act) => (request: IncomingMessage, response: ServerResponse) =>
  void act(userOf(request)).then(() => response.end('ok'))

const SHOWN: Readonly<Record<string, (block: string, act: Act) => Promise<Started>>> = {
  express: (block, act) => {
    const app = express()
    run(block, { app, express, authenticate, attributed: onExpress })
    app.post('/ask', answering(act))
    return listening(createServer(app as RequestListener))
  },
  Fastify: async (block, act) => {
    const app = fastify()
    run(block, { app, authenticate: async (request: Asked) => userOf(request), attributed: onFastify })
    app.post('/ask', async (request) => {
      await act(userOf(request))
      return 'ok'
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { server: app.server, stop: () => app.close() }
  },
  Hono: (block, act) => {
    const app = new Hono<{ Variables: { user: string } }>()
    run(block, {
      app,
      attributed: onHono,
      authenticate: async (
        context: { req: { raw: Asked }; set(key: string, value: string): void },
        next: () => Promise<void>,
      ) => {
        context.set('user', userOf(context.req.raw))
        await next()
      },
    })
    app.post('/ask', async (context) => {
      await act(userOf(context.req.raw))
      return context.text('ok')
    })
    return listening(createServer(getRequestListener(app.fetch) as RequestListener))
  },
  'Next.js, Bun and other fetch handlers': (block, act) => {
    // Next.js knows the request that it serves: here it is what the handler was called with.
    let asked: Request
    const auth = async () => ({ user: { email: userOf(asked) } })
    let user = ''
    const assist = () => act(user)
    const handler = run(block, { attributed: onFetch, auth, assist }) as (request: Request) => Promise<Response>
    const serve = (request: Request) => {
      asked = request
      user = userOf(request)
      return handler(request)
    }
    return listening(createServer(getRequestListener((request) => serve(request as Request)) as RequestListener))
  },
}

const named = { principal: (request: IncomingMessage) => userOf(request), intent: () => 'work' }

/** What takes the middleware of express. */
const LIKE_EXPRESS: Readonly<Record<string, (act: Act) => Promise<Started>>> = {
  Polka: (act) => {
    const app = polka()
    app.use(onExpress(named))
    app.post('/ask', answering(act))
    return listening(createServer(app.handler.bind(app) as RequestListener))
  },
  restify: async (act) => {
    const server = restify.createServer()
    server.use(onExpress(named))
    server.post('/ask', async (request: IncomingMessage, response: { send(text: string): void }) => {
      await act(userOf(request))
      response.send('ok')
    })
    const { stop } = await listening(server.server as Server)
    return { server: server.server as Server, stop }
  },
  Nest: async (act) => {
    const app = await NestFactory.create(nestModule(act), { logger: false })
    app.use(onExpress(named))
    await app.listen(0, '127.0.0.1')
    return { server: app.getHttpServer() as Server, stop: () => app.close() as Promise<void> }
  },
}

let audience: ReturnType<typeof startAudience>
beforeAll(() => {
  audience = startAudience()
})
afterAll(() => audience.stop())

async function actsAt({ server, stop }: Started) {
  try {
    return await audience.asksOf(server, 'json')
  } finally {
    await stop()
  }
}

describe('the page of edges', () => {
  it.each(Object.entries(SHOWN))('keeps each user bound in what it shows for %s', async (heading, start) => {
    expect(await actsAt(await start(blockUnder(heading), audience.act))).toEqual(EACH_THEIRS)
  })

  it.each(Object.entries(LIKE_EXPRESS))('is right that %s takes the middleware of express', async (_, start) => {
    expect(await actsAt(await start(audience.act))).toEqual(EACH_THEIRS)
  })

  it('has a block for a verifier, which requires a token', async () => {
    const app = express()
    const { verifier } = await startIssuer()
    run(blockUnder('Who asks'), { app, attributed: onExpress, tokenVerifier: () => verifier, issuers: [] })
    const { server, stop } = await listening(createServer(app as RequestListener))
    const { port } = server.address() as { port: number }
    const { status, headers } = await fetch(`http://127.0.0.1:${port}/ask`, {
      headers: { authorization: 'Bearer x.y.z' },
    })
    await stop()
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
  })

  it('has a block for a token in another header', async () => {
    const app = express()
    const { verifier, token } = await startIssuer()
    run(blockUnder('Tokens elsewhere'), { app, attributed: onExpress, verifier })
    app.get('/ask', (_: unknown, response: ServerResponse) => response.end(currentAttribution()?.principal?.id))
    const { server, stop } = await listening(createServer(app as RequestListener))
    const { port } = server.address() as { port: number }
    const ask = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/ask`, { headers })
    const [named, refused, bare] = [
      await ask({ 'txn-token': await token('kai') }),
      await ask({ 'txn-token': 'x' }),
      await ask({}),
    ]
    await stop()
    expect([await named.text(), refused.status, bare.status]).toEqual(['kai', 401, 401])
  })
})
