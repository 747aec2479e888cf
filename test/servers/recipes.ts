import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { compileFunction } from 'node:vm'
import Hapi from '@hapi/hapi'
import { getRequestListener } from '@hono/node-server'
import { NestFactory } from '@nestjs/core'
import bodyParser from 'body-parser'
import busboy from 'busboy'
import express from 'express'
import fileUpload from 'express-fileupload'
import fastify from 'fastify'
import { formidable } from 'formidable'
import { Hono } from 'hono'
import Koa from 'koa'
import polka from 'polka'
import restify from 'restify'
import { bindAttribution, onBehalfOf } from '../../src/index.ts'
import { userOf, who } from './audience.ts'
import type { Asked, Body } from './audience.ts'
import { nestModule } from './nest.ts'

export interface Recipe {
  readonly body: Body
  /** Makes a server of a block of the page, and of what is done for each request; it listens. */
  start(block: string, act: Act): Promise<Started>
}

export interface Started {
  readonly server: Server
  stop(): Promise<unknown>
}

export type Act = (user: string) => Promise<void>

/** The code around each block of the page, by the heading that it stands under. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  express: { body: 'json', start: expressed },
  Polka: {
    body: 'json',
    start: (block, act) => {
      const app = polka()
      run(block, { app, bodyParser })
      app.post('/ask', answering(act))
      return listening(createServer(app.handler.bind(app) as RequestListener))
    },
  },
  restify: {
    body: 'json',
    start: async (block, act) => {
      const server = restify.createServer()
      run(block, { server, restify })
      server.post('/ask', async (request: IncomingMessage, response: { send(text: string): void }) => {
        await act(userOf(request))
        response.send('ok')
      })
      const { stop } = await listening(server.server as Server)
      return { server: server.server as Server, stop }
    },
  },
  'node:http': {
    body: 'json',
    start: (block, act) => {
      const serve = async (request: IncomingMessage, response: ServerResponse) => {
        await act(userOf(request))
        response.end('ok')
      }
      return listening(run(`${block}\nreturn server`, { createServer, serve }) as Server)
    },
  },
  Koa: {
    body: 'json',
    start: (block, act) => {
      const app = new Koa()
      run(block, { app })
      app.use(async (context: { request: IncomingMessage; body: string }) => {
        await act(userOf(context.request))
        context.body = 'ok'
      })
      return listening(createServer(app.callback() as RequestListener))
    },
  },
  Hono: {
    body: 'json',
    start: (block, act) => {
      const app = new Hono()
      run(block, { app })
      app.post('/ask', async (context) => {
        await context.req.json()
        await act(userOf(context.req.raw))
        return context.text('ok')
      })
      return listening(createServer(getRequestListener(app.fetch) as RequestListener))
    },
  },
  Fastify: {
    body: 'json',
    start: async (block, act) => {
      const app = fastify()
      run(block, { app, authenticate: async (request: Asked) => userOf(request) })
      app.post('/ask', async (request) => {
        await act(userOf(request))
        return 'ok'
      })
      await app.listen({ port: 0, host: '127.0.0.1' })
      return { server: app.server, stop: () => app.close() }
    },
  },
  hapi: {
    body: 'json',
    start: async (block, act) => {
      const server = Hapi.server({ port: 0, host: '127.0.0.1' })
      const answer = async (request: Asked) => {
        await act(userOf(request))
        return 'ok'
      }
      run(block, { server, answer })
      await server.start()
      return { server: server.listener as Server, stop: () => server.stop() as Promise<void> }
    },
  },
  NestJS: { body: 'json', start: nested },
  'NestJS, behind a guard': { body: 'json', start: nested },
  'express-fileupload': { body: 'form', start: expressed },
  formidable: { body: 'form', start: expressed },
  busboy: { body: 'form', start: expressed },
  'Events of the request': { body: 'json', start: expressed },
}

/** An app of express that has nothing but what `use` gives it, and acts. */
export function expressApp(act: Act, use: (app: { use(...handlers: unknown[]): unknown }) => void): Promise<Started> {
  const app = express()
  use(app)
  app.post('/ask', answering(act))
  return listening(createServer(app as RequestListener))
}

export async function listening(server: Server): Promise<Started> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { server, stop }
}

function expressed(block: string, act: Act): Promise<Started> {
  return expressApp(act, (app) => run(block, { app, express, fileUpload, formidable, busboy }))
}

async function nested(block: string, act: Act): Promise<Started> {
  const app = await NestFactory.create(nestModule(act), { logger: false })
  run(block, { app })
  await app.listen(0, '127.0.0.1')
  return { server: app.getHttpServer() as Server, stop: () => app.close() as Promise<void> }
}

function answering(act: Act) {
  return (request: IncomingMessage, response: ServerResponse) =>
    void act(userOf(request)).then(() => response.end('ok'))
}

/** Runs a block of the page as it stands. */
function run(block: string, scope: Readonly<Record<string, unknown>>): unknown {
  const names = { bindAttribution, onBehalfOf, who, ...scope }
  return compileFunction(block, Object.keys(names))(...Object.values(names))
}
