import http from 'node:http'
import { generateText, stepCountIs, tool } from 'ai'
import express from 'express'
import type { Express, Request } from 'express'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, onBehalfOf, via } from '../../src/index.ts'
import { startLiveSdk } from './live-sdk.ts'
import type { LiveSdk } from './live-sdk.ts'
import { loopback } from './loopback.ts'
import type { Loopback } from './loopback.ts'
import { meeting } from './meeting.ts'
import { row } from './seen.ts'
import type { Seen } from './seen.ts'
import { modelCalling } from './stand-in.ts'

const USERS = ['kai@contoso.com', 'mia@contoso.com'] as const

let sdk: LiveSdk
let api: Loopback
let shop: Loopback
let meet: () => Promise<void>

beforeAll(async () => {
  sdk = startLiveSdk()
  api = await loopback()
  shop = await loopback(shopApp())
})

beforeEach(() => {
  meet = meeting(USERS.length)
  sdk.clear()
})

afterAll(async () => {
  await Promise.all([api.close(), shop.close()])
  await sdk.stop()
})

/** An express app that serves every user with one agent; nothing in it names a user below its edge. */
function shopApp(): Express {
  const app = express()
  const edge = (request: Request, run: () => Promise<void>) => {
    const user = request.get('x-user') as string
    return onBehalfOf({ principal: { id: user, type: 'human' }, intent: `order for ${user}` }, run)
  }
  app.post('/named', (request, response) =>
    edge(request, () => asAgent({ id: 'buyer', version: '3' }, answer)).then(() => void response.json({})),
  )
  app.post('/unnamed', (request, response) => edge(request, answer).then(() => void response.json({})))
  return app
}

async function answer(): Promise<void> {
  await generateText({
    model: modelCalling({ tool: 'order' }, { tool: 'stock' }),
    prompt: 'order two chairs',
    stopWhen: stepCountIs(3),
    experimental_telemetry: { isEnabled: true, functionId: 'buying-function' },
    tools: {
      order: tool({
        inputSchema: z.object({}),
        execute: () => via({ id: 'order-connector', credential: { id: 'key-1', type: 'own' } }, () => throughFetch()),
      }),
      stock: tool({ inputSchema: z.object({}), execute: throughHttp }),
    },
  })
}

async function throughFetch(): Promise<string> {
  await meet()
  return (await fetch(`${api.url}orders`, { method: 'POST' })).text()
}

function throughHttp(): Promise<string> {
  return new Promise((resolve, reject) => {
    http.get(`${api.url}stock`, (response) => response.resume().on('end', () => resolve('12'))).on('error', reject)
  })
}

async function requestOfAll(path: string): Promise<void> {
  await Promise.all(USERS.map((user) => fetch(`${shop.url}${path}`, { method: 'POST', headers: { 'x-user': user } })))
}

/** The facets of the spans of one user's request, found by the trace and not by what we wrote. */
async function requestOf(user: string): Promise<readonly Seen[]> {
  const spans = await sdk.judged()
  const trace = spans.find((span) => span.kind === 'agent' && span.principal === user)?.traceId
  return spans.filter((span) => span.traceId === trace)
}

describe.each(USERS)('generateText behind express, two users at once: what is done for %s', (user) => {
  const mine = { principal: user, intent: `order for ${user}`, verdict: 'separated', complete: true, findings: [] }

  it('is attributed from the agent down to each call over fetch and over http', async () => {
    await requestOfAll('named')
    const spans = await requestOf(user)
    expect(spans.map(({ kind }) => kind).toSorted()).toEqual([
      'agent',
      'effect',
      'effect',
      'llm',
      'llm',
      'tool',
      'tool',
    ])
    expect(spans.filter(({ kind }) => kind !== 'llm').map(row)).toEqual(
      expect.arrayContaining([
        { ...mine, kind: 'agent', actor: 'buyer', context: undefined },
        { ...mine, kind: 'tool', actor: 'buyer', context: 'order-connector' },
        { ...mine, kind: 'tool', actor: 'buyer', context: 'stock' },
        { ...mine, kind: 'effect', actor: 'buyer', context: 'order-connector' },
        { ...mine, kind: 'effect', actor: 'buyer', context: '127.0.0.1' },
      ]),
    )
  })

  it('is attributed to the agent that the framework names where the app names none', async () => {
    await requestOfAll('unnamed')
    const spans = await requestOf(user)
    expect(spans).toHaveLength(7)
    expect(new Set(spans.map(({ actor }) => actor))).toEqual(new Set(['buying-function']))
    expect(new Set(spans.map(({ assurance }) => assurance['actor']))).toEqual(new Set(['inferred']))
  })

  it('says of each facet how sure it is', async () => {
    await requestOfAll('named')
    const effects = (await requestOf(user)).filter(({ kind }) => kind === 'effect')
    const asserted = { principal: 'asserted', actor: 'asserted', intent: 'asserted' }
    expect(effects.map(({ assurance }) => assurance)).toEqual(
      expect.arrayContaining([
        { ...asserted, context: 'asserted' },
        { ...asserted, context: 'inferred' },
      ]),
    )
  })

  it('has one correlation id, and it is that of the request', async () => {
    await requestOfAll('named')
    const spans = await requestOf(user)
    expect(new Set(spans.map(({ correlation }) => correlation))).toEqual(new Set([spans[0]?.traceId]))
  })
})

describe('generateText behind express, two users at once', () => {
  it('leaves both requests in traces of their own, and nothing without a verdict', async () => {
    await requestOfAll('named')
    const spans = await sdk.judged()
    expect(spans).toHaveLength(14)
    expect(new Set(spans.map(({ traceId, principal }) => `${traceId} ${principal}`)).size).toBe(2)
  })

  it('judges neither the request that came in nor the one that the test sent', async () => {
    await requestOfAll('named')
    await sdk.judged()
    const servers = sdk.all().filter(({ kind }) => kind === 1)
    expect(servers.length).toBeGreaterThan(2)
    expect(servers.filter(({ attributes }) => attributes['attribution.verdict'] !== undefined)).toEqual([])
  })

  it('leaves nothing bound outside: a call beside the requests is nobody’s and no effect', async () => {
    await Promise.all([requestOfAll('named'), fetch(`${api.url}beside`)])
    const beside = sdk.all().find(({ kind, attributes }) => kind === 2 && attributes['url.path'] === '/beside')
    expect(beside).toBeDefined()
    expect(Object.keys(beside?.attributes ?? {}).filter((key) => key.startsWith('attribution.'))).toEqual([])
  })
})
