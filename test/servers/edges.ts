import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { attributed as onExpress } from '../../src/express.ts'
import type { EdgeOptions } from '../../src/express.ts'
import { attributed as onFastify } from '../../src/fastify.ts'
import { attributed as onFetch } from '../../src/fetch.ts'
import { attributed as onHono } from '../../src/hono.ts'
import { listening } from './recipes.ts'
import type { Started } from './recipes.ts'

/** Their functions take a request of any framework. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Options = EdgeOptions<any>

/** What an app does with a request, whatever it is written in. */
export interface Work {
  /** Acts for the user, in the order in which the requests interleave. */
  act(user: string): Promise<void>
  /** Yields pieces of a response, and acts before each. */
  stream(user: string): AsyncGenerator<string>
}

export interface Edge {
  readonly name: string
  /** Whether its source of a stream is unknown when a reader cancels it. */
  readonly isWeb: boolean
  /** Serves `/ask`, `/stream`, `/read` and `/fail` with one line of ours in front. */
  start(options: Options, work: Work): Promise<Started>
}

const failure = () => Promise.reject(new Error('the handler failed'))

/** The user that a request is really from, for the name of the act. */
const realUser = (url: string | undefined) => new URL(url ?? '', 'http://localhost').searchParams.get('user') ?? ''

async function expressed(options: Options, work: Work): Promise<Started> {
  const app = express()
  app.use(express.json())
  app.use(onExpress(options))
  app.all('/ask', async (request: IncomingMessage, response: ServerResponse) => {
    await work.act(realUser(request.url))
    response.end('ok')
  })
  app.all('/stream', (request: IncomingMessage, response: ServerResponse) => {
    Readable.from(work.stream(realUser(request.url))).pipe(response)
  })
  app.post('/read', async (request: IncomingMessage, response: ServerResponse) => {
    response.end(String((await buffer(request)).byteLength))
  })
  app.all('/fail', failure)
  app.use((error: Error, _: unknown, response: ServerResponse, __: unknown) => {
    response.statusCode = 500
    response.end(`express: ${error.message}`)
  })
  return listening(createServer(app as RequestListener))
}

async function fastified(options: Options, work: Work): Promise<Started> {
  const app = fastify()
  app.addHook('preHandler', onFastify(options))
  app.all('/ask', async (request) => {
    await work.act(realUser(request.url))
    return 'ok'
  })
  app.all('/stream', async (request, reply) => reply.send(Readable.from(work.stream(realUser(request.url)))))
  app.addContentTypeParser('application/octet-stream', (_, payload, done) => done(null, payload))
  app.post('/read', async (request) => String((await buffer(request.body as Readable)).byteLength))
  app.all('/fail', failure)
  app.setErrorHandler(async (error, _, reply) => reply.code(500).send(`fastify: ${(error as Error).message}`))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { server: app.server, stop: () => app.close() }
}

function honoApp(options: Options, work: Work): Hono {
  const app = new Hono()
  app.use(onHono(options))
  app.all('/ask', async (context) => {
    await work.act(realUser(context.req.url))
    return context.text('ok')
  })
  app.all('/stream', (context) => context.body(bytesOf(work.stream(realUser(context.req.url)))))
  app.post('/read', async (context) => context.text(String((await context.req.arrayBuffer()).byteLength)))
  app.all('/fail', failure)
  app.onError((error, context) => context.text(`hono: ${error.message}`, 500))
  return app
}

function fetching(options: Options, work: Work) {
  return onFetch(options, async (request: Request) => {
    const user = realUser(request.url)
    const { pathname } = new URL(request.url)
    if (pathname === '/fail') return failure()
    if (pathname === '/read') return new Response(String((await request.arrayBuffer()).byteLength))
    if (pathname === '/stream') return new Response(bytesOf(work.stream(user)))
    await work.act(user)
    return new Response('ok')
  })
}

function bytesOf(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    cancel: () => void pieces.return(undefined),
  })
}

type FetchHandler = (request: Request) => Response | Promise<Response>

/** Serves a handler of the web, and shows it nothing of Node. */
function served(handler: FetchHandler): Promise<Started> {
  const onError = (error: unknown) => new Response(`fetch: ${(error as Error).message}`, { status: 500 })
  const listener = getRequestListener((request) => handler(request as Request), { errorHandler: onError })
  return listening(createServer(listener as RequestListener))
}

export const EDGES: readonly Edge[] = [
  { name: 'express', isWeb: false, start: expressed },
  { name: 'fastify', isWeb: false, start: fastified },
  {
    name: 'hono',
    isWeb: true,
    start: (options, work) =>
      listening(createServer(getRequestListener(honoApp(options, work).fetch) as RequestListener)),
  },
  {
    name: 'hono, away from Node',
    isWeb: true,
    start: (options, work) => served((request) => honoApp(options, work).fetch(request)),
  },
  { name: 'fetch', isWeb: true, start: (options, work) => served(fetching(options, work)) },
]
