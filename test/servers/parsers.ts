import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { tmpdir } from 'node:os'
import multipart from '@fastify/multipart'
import { getRequestListener } from '@hono/node-server'
import koaMulter from '@koa/multer'
import { NestFactory } from '@nestjs/core'
import { AnyFilesInterceptor } from '@nestjs/platform-express'
import bodyParser from 'body-parser'
import busboy from 'busboy'
import express from 'express'
import fileUpload from 'express-fileupload'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { formidable } from 'formidable'
import { Hono } from 'hono'
import Koa from 'koa'
import koaBody from 'koa-bodyparser'
import multer from 'multer'
import rawBody from 'raw-body'
import { onBehalfOf } from '../../src/index.ts'
import { userOf, who } from './audience.ts'
import type { Asked, Body } from './audience.ts'
import { nestModule } from './nest.ts'
import { expressApp, listening } from './recipes.ts'
import type { Act, Started } from './recipes.ts'

export interface Parser {
  /** Its row of the page. */
  readonly row: string
  readonly body: Body
  /** What becomes of a binding that was made before the parser ran. */
  readonly before: 'kept' | 'lost'
  /** A server that binds before or behind the parser, and acts behind both. */
  start(act: Act, where: 'before' | 'behind'): Promise<Started>
}

type Next = (error?: unknown) => void
type Middleware = (request: IncomingMessage, response: unknown, next: Next) => unknown

const edge: Middleware = (request, _, next) => onBehalfOf(who(request), () => next())

function middleware(row: string, body: Body, before: Parser['before'], ...parsers: readonly Middleware[]): Parser[] {
  return parsers.map((parser) => ({
    row,
    body,
    before,
    start: (act, where) =>
      expressApp(act, (app) => {
        for (const handler of where === 'before' ? [edge, parser] : [parser, edge]) app.use(handler)
      }),
  }))
}

/** Waits for the whole of a form by the events of its parser. */
const byEvents: Middleware = (request, _, next) => {
  const parser = busboy({ headers: request.headers })
  parser.on('file', (_name: string, file: { resume(): void }) => file.resume())
  parser.on('close', () => next())
  request.pipe(parser)
}

const onKoa =
  (parser: unknown): Parser['start'] =>
  (act, where) => {
    const app = new Koa()
    const bind = (context: { request: Asked }, next: () => Promise<void>) => onBehalfOf(who(context.request), next)
    for (const handler of where === 'before' ? [bind, parser] : [parser, bind]) app.use(handler)
    app.use(async (context: { request: Asked; body: string }) => {
      await act(userOf(context.request))
      context.body = 'ok'
    })
    return listening(createServer(app.callback() as RequestListener))
  }

async function onFastify(act: Act, where: 'before' | 'behind'): Promise<Started> {
  const app: FastifyInstance = fastify()
  const bind = (request: Asked, _: unknown, done: () => void) => onBehalfOf(who(request), done)
  await app.register(multipart, { attachFieldsToBody: true })
  if (where === 'before') app.addHook('onRequest', bind)
  else app.addHook('preHandler', bind)
  app.post('/ask', async (request) => {
    await act(userOf(request))
    return 'ok'
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { server: app.server, stop: () => app.close() }
}

function onHono(act: Act, where: 'before' | 'behind'): Promise<Started> {
  const app = new Hono()
  app.post('/ask', async ({ req, text }) => {
    const parse = () => req.parseBody()
    const answer = () => act(userOf(req.raw))
    if (where === 'behind') await parse()
    await onBehalfOf(who(req.raw), async () => {
      if (where === 'before') await parse()
      await answer()
    })
    return text('ok')
  })
  return listening(createServer(getRequestListener(app.fetch) as RequestListener))
}

async function onNest(act: Act, where: 'before' | 'behind'): Promise<Started> {
  const binding = {
    intercept: (context: { switchToHttp(): { getRequest(): Asked } }, next: { handle(): unknown }) =>
      onBehalfOf(who(context.switchToHttp().getRequest()), () => next.handle()),
  }
  const interceptors = where === 'before' ? [binding, AnyFilesInterceptor()] : [AnyFilesInterceptor(), binding]
  const app = await NestFactory.create(nestModule(act, interceptors), { logger: false })
  await app.listen(0, '127.0.0.1')
  return { server: app.getHttpServer() as Server, stop: () => app.close() as Promise<void> }
}

export const PARSERS: readonly Parser[] = [
  ...middleware('`express.json()` of express 5.2.1', 'json', 'kept', express.json()),
  ...middleware('body-parser 2.4.0', 'json', 'kept', bodyParser.json()),
  ...middleware(
    'raw-body 3.0.2, awaited or with a callback',
    'json',
    'kept',
    async (request, _, next) => {
      await rawBody(request)
      next()
    },
    (request, _, next) => rawBody(request, {}, (error) => next(error)),
  ),
  ...middleware(
    'multer 2.5.0, to memory or disk',
    'form',
    'kept',
    multer().any(),
    multer({ dest: `${tmpdir()}/onbehalf-uploads` }).any(),
  ),
  ...middleware('formidable 3.5.4, awaited', 'form', 'kept', async (request, _, next) => {
    await formidable().parse(request)
    next()
  }),
  ...middleware('formidable 3.5.4, with a callback', 'form', 'lost', (request, _, next) =>
    formidable().parse(request, (error: unknown) => next(error)),
  ),
  ...middleware(
    'express-fileupload 1.5.2',
    'form',
    'lost',
    fileUpload(),
    fileUpload({ useTempFiles: true, tempFileDir: tmpdir() }),
  ),
  ...middleware('busboy 1.6.0, by its events', 'form', 'lost', byEvents),
  ...middleware("`request.on('end', …)`", 'json', 'lost', (request, _, next) => {
    request.on('data', () => {}).on('end', () => next())
  }),
  { row: 'koa-bodyparser 4.4.1', body: 'json', before: 'kept', start: onKoa(koaBody()) },
  { row: '@koa/multer 4.0.0', body: 'form', before: 'kept', start: onKoa(koaMulter().any()) },
  { row: '@fastify/multipart 10.1.9', body: 'form', before: 'kept', start: onFastify },
  { row: "Hono's `parseBody()`", body: 'form', before: 'kept', start: onHono },
  { row: "Nest's `AnyFilesInterceptor`", body: 'form', before: 'kept', start: onNest },
]
