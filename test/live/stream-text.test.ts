import type { ServerResponse } from 'node:http'
import { stepCountIs, streamText, tool } from 'ai'
import express from 'express'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, onBehalfOf, via } from '../../src/index.ts'
import { startLiveSdk } from './live-sdk.ts'
import type { LiveSdk } from './live-sdk.ts'
import { loopback } from './loopback.ts'
import type { Loopback } from './loopback.ts'
import { meeting } from './meeting.ts'
import { row } from './seen.ts'
import { modelInSteps } from './stand-in.ts'

const USERS = ['kai@contoso.com', 'mia@contoso.com'] as const
const STEPS = 2

let sdk: LiveSdk
let api: Loopback
let meet: () => Promise<void>

beforeAll(async () => {
  sdk = startLiveSdk()
  api = await loopback()
})

beforeEach(() => {
  meet = meeting(USERS.length)
  sdk.clear()
})

afterAll(async () => {
  await api.close()
  await sdk.stop()
})

/** The stream leaves the binding before anything of it is read; its tools run when somebody reads. */
function answer(user: string) {
  return onBehalfOf({ principal: { id: user, type: 'human' }, intent: `order for ${user}` }, () =>
    asAgent('buyer', () => stream()),
  )
}

function stream() {
  return streamText({
    model: modelInSteps(...Array.from({ length: STEPS }, () => [{ tool: 'order' }])),
    prompt: 'order two chairs',
    stopWhen: stepCountIs(STEPS + 1),
    experimental_telemetry: { isEnabled: true, functionId: 'buying-function' },
    tools: { order: tool({ inputSchema: z.object({}), execute: () => via('order-connector', order) }) },
  })
}

async function order(): Promise<string> {
  await meet()
  return (await fetch(`${api.url}orders`, { method: 'POST' })).text()
}

type Answer = ReturnType<typeof answer>

async function drain(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks);
}

const READERS: readonly { how: string; read: (stream: Answer) => Promise<unknown> }[] = [
  { how: 'its text is awaited', read: (stream) => Promise.resolve(stream.text) },
  { how: 'its steps are awaited', read: (stream) => Promise.resolve(stream.steps) },
  { how: 'textStream is iterated', read: (stream) => drain(stream.textStream) },
  { how: 'fullStream is iterated', read: (stream) => drain(stream.fullStream) },
  { how: 'textStream is read by a reader', read: (stream) => readAll(stream.textStream.getReader()) },
  { how: 'consumeStream drains it', read: (stream) => Promise.resolve(stream.consumeStream()) },
  { how: 'it becomes a response of UI messages', read: (stream) => stream.toUIMessageStreamResponse().text() },
  { how: 'it becomes a response of text', read: (stream) => stream.toTextStreamResponse().text() },
  { how: 'it becomes a stream of UI messages', read: (stream) => drain(stream.toUIMessageStream()) },
  {
    how: 'it is read on behalf of somebody else',
    read: (stream) =>
      onBehalfOf({ principal: 'eve@contoso.com', intent: 'read on' }, () =>
        asAgent('reader', () => drain(stream.textStream)),
      ),
  },
  {
    how: 'it is read in a later turn of the event loop',
    read: async (stream) => {
      await new Promise((resolve) => setImmediate(resolve))
      return drain(stream.textStream)
    },
  },
]

async function readAll(reader: ReadableStreamDefaultReader<unknown>): Promise<void> {
  while (!(await reader.read()).done);
}

/** What each user's trace holds besides the model's spans, found by the trace and not by what we wrote on every span. */
async function rowsByUser() {
  await sdk.arrival('ai.streamText', USERS.length)
  const spans = await sdk.judged()
  return USERS.map((user) => {
    const trace = spans.find(({ kind, principal }) => kind === 'agent' && principal === user)?.traceId
    const ofUser = spans.filter(({ traceId, kind }) => traceId === trace && kind !== 'llm')
    return ofUser.toSorted((a, b) => String(a.kind).localeCompare(String(b.kind))).map(row)
  })
}

const EACH_FOR_ITS_USER = USERS.map((user) => {
  const mine = {
    principal: user,
    actor: 'buyer',
    intent: `order for ${user}`,
    verdict: 'separated',
    complete: true,
    findings: [],
  }
  const inEachStep = <T>(entry: T) => Array.from({ length: STEPS }, () => entry)
  return [
    { ...mine, kind: 'agent', context: undefined },
    ...inEachStep({ ...mine, kind: 'effect', context: 'order-connector' }),
    ...inEachStep({ ...mine, kind: 'tool', context: 'order-connector' }),
  ]
})

describe('a stream that leaves onBehalfOf before its tools run keeps two users apart', () => {
  it.each(READERS)('when $how', async ({ read }) => {
    const streams = USERS.map(answer)
    await Promise.all(streams.map(read))
    expect(await rowsByUser()).toEqual(EACH_FOR_ITS_USER)
  })

  it('when both are read in turns by one loop', async () => {
    const readers = USERS.map((user) => answer(user).fullStream.getReader())
    let open = readers
    while (open.length > 0) {
      const results = await Promise.all(open.map(async (reader) => ({ reader, done: (await reader.read()).done })))
      open = results.filter(({ done }) => !done).map(({ reader }) => reader)
    }
    expect(await rowsByUser()).toEqual(EACH_FOR_ITS_USER)
  })
})

const PIPES: readonly { how: string; pipe: (stream: Answer, response: ServerResponse) => void }[] = [
  { how: 'UI messages', pipe: (stream, response) => stream.pipeUIMessageStreamToResponse(response) },
  { how: 'text', pipe: (stream, response) => stream.pipeTextStreamToResponse(response) },
]

describe('a stream that is piped to an express response keeps two users apart', () => {
  it.each(PIPES)('as $how', async ({ pipe }) => {
    const app = express()
    app.post('/ask', (request, response) => pipe(answer(request.get('x-user') as string), response))
    const shop = await loopback(app)
    const ask = async (user: string) => {
      const response = await fetch(`${shop.url}ask`, { method: 'POST', headers: { 'x-user': user } })
      expect(await response.text()).toContain('Done.')
    }
    await Promise.all(USERS.map(ask)).finally(() => shop.close())
    expect(await rowsByUser()).toEqual(EACH_FOR_ITS_USER)
  })
})

describe('a stream that nobody reads to its end', () => {
  const [user] = USERS

  beforeEach(() => {
    meet = meeting(1)
  })

  it('attributes what its tools did to its user when it is never read', async () => {
    answer(user)
    await sdk.arrival('ai.toolCall')
    const kinds = (await sdk.judged()).map(({ kind, principal, actor, verdict }) => ({
      kind,
      principal,
      actor,
      verdict,
    }))
    const mine = { principal: user, actor: 'buyer', verdict: 'separated' }
    expect(kinds).toEqual([
      { ...mine, kind: 'effect' },
      { ...mine, kind: 'tool' },
    ])
  })

  it('attributes what its tools did to its user when its reader cancels', async () => {
    const reader = answer(user).textStream.getReader()
    await reader.read()
    await reader.cancel()
    await sdk.arrival('ai.toolCall')
    const spans = await sdk.judged()
    expect(spans.length).toBeGreaterThan(1)
    expect(new Set(spans.map(({ principal, actor, verdict }) => `${principal} ${actor} ${verdict}`))).toEqual(
      new Set([`${user} buyer separated`]),
    )
  })

  it('attributes what its tools did to its user when the client goes away', async () => {
    const app = express()
    app.post('/ask', (_, response) => answer(user).pipeUIMessageStreamToResponse(response))
    const shop = await loopback(app)
    const leaving = new AbortController()
    const response = await fetch(`${shop.url}ask`, { method: 'POST', signal: leaving.signal })
    leaving.abort()
    await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' })
    await sdk.arrival('ai.toolCall')
    await shop.close()
    const tools = (await sdk.judged()).filter(({ kind }) => kind === 'tool' || kind === 'effect')
    expect(new Set(tools.map(({ principal, actor }) => `${principal} ${actor}`))).toEqual(new Set([`${user} buyer`]))
  })
})
