import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import Anthropic from '@anthropic-ai/sdk'
import { Annotation, StateGraph } from '@langchain/langgraph'
import { PostgrestClient } from '@supabase/postgrest-js'
import * as Comlink from 'comlink'
import OpenAI, { NotFoundError } from 'openai'
import { APIPromise } from 'openai/core/api-promise'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { currentAttribution } from '../../src/index.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'
import type { Seen } from '../live/seen.ts'
import { bound, READERS, speaksOf, strayActs, USERS, way } from './lazily.ts'
import type { Way } from './lazily.ts'
import { startModel } from './model-server.ts'

/** Clients of models and of HTTP, and streams of graphs, whose results are read where nothing is bound. */

let sdk: LiveSdk
let shop: Loopback
let model: Loopback

beforeAll(async () => {
  sdk = startLiveSdk()
  shop = await loopback((_, response) => response.setHeader('content-type', 'application/json').end('[{"ordered":1}]'))
  model = await startModel()
})

afterAll(async () => {
  await Promise.all([shop.close(), model.close()])
  await sdk.stop()
})

async function all<T>(chunks: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = []
  for await (const chunk of chunks) got.push(chunk)
  return got
}

const QUESTION = { model: 'stand-in-1', messages: [{ role: 'user' as const, content: 'order a chair' }] }

const openai = (user: string) => new OpenAI({ apiKey: 'stand-in', baseURL: `${model.url}${user}/v1` })
const chat = (user: string) => openai(user).chat.completions.create(QUESTION)
const chatStream = (user: string) => openai(user).chat.completions.create({ ...QUESTION, stream: true })
const from = (user: string) => new PostgrestClient(shop.url).from(`orders of ${user}`)

const State = Annotation.Root({ user: Annotation<string>, steps: Annotation<number> })

/** A graph of two nodes, each of which calls the outside when its turn comes. */
function graph() {
  const node = async ({ user, steps }: typeof State.State) => {
    await fetch(`${shop.url}orders/${user}`, { method: 'POST' })
    return { steps: steps + 1 }
  }
  return new StateGraph(State)
    .addNode('first', node)
    .addNode('second', node)
    .addEdge('__start__', 'first')
    .addEdge('first', 'second')
    .compile()
}

const graphStream = (user: string) => graph().stream({ user, steps: 0 }, { streamMode: 'values' })
type GraphStream = ReturnType<typeof graphStream>

const WAYS: Readonly<Record<string, Readonly<Record<string, Way>>>> = {
  'the openai client': {
    awaited: way(chat, (answer) => answer),
    'with its response': way(chat, (answer) => answer.withResponse()),
    'as its response': way(chat, async (answer) => (await answer.asResponse()).text()),
    streamed: way(chatStream, async (stream) => all(await stream)),
    'streamed with its response': way(chatStream, async (stream) => all((await stream.withResponse()).data)),
    teed: way(chatStream, async (stream) => {
      const [one, other] = (await stream).tee()
      return Promise.all([all(one), all(other)])
    }),
    'a stream for a response': way(chatStream, async (stream) =>
      new Response((await stream).toReadableStream()).text(),
    ),
  },
  'a client of PostgREST': {
    awaited: way(
      (user) => from(user).insert({ item: user }),
      (query) => query,
    ),
    'chained on': way(
      (user) => from(user).select(),
      (query) => query.limit(1),
    ),
  },
  'a graph of LangGraph': {
    iterated: way(graphStream, async (stream) => all(await stream)),
    'read step by step': way(graphStream, async (promise) => {
      const stream = await promise
      for (let step = await stream.next(); step.done !== true; step = await stream.next());
    }),
    'read by a reader': way(graphStream, async (promise) => {
      const reader = (await promise).getReader()
      while (!(await reader.read()).done);
    }),
    'left early': way(graphStream, async (stream) => {
      for await (const { steps } of await stream) if (steps === 2) break
    }),
    'told as events': way(
      (user) => graph().streamEvents({ user, steps: 0 }, { version: 'v2' }),
      async (events) => all(await events),
    ),
  },
  'fetch and undici': {
    'a response': way(
      (user) => fetch(`${shop.url}orders/${user}`, { method: 'POST' }),
      async (response) => (await response).json(),
    ),
    'a response that is cloned': way(
      (user) => fetch(`${shop.url}orders/${user}`, { method: 'POST' }),
      async (promise) => {
        const response = await promise
        return Promise.all([response.clone().text(), response.text()])
      },
    ),
    'a stream of a response': way(
      (user) => fetch(`${shop.url}orders/${user}`, { method: 'POST' }),
      async (response) => all((await response).body as never),
    ),
    'a request of undici': way(
      (user) => request(`${shop.url}orders/${user}`, { method: 'POST' }),
      async (response) => (await response).body.json(),
    ),
    'a stream of undici': way(
      (user) => request(`${shop.url}orders/${user}`, { method: 'POST' }),
      async (response) => all((await response).body),
    ),
  },
}

const isRequest = ({ kind, span }: Seen) => kind === 'effect' && span.attributes['url.path'] !== undefined

describe.each(Object.entries(WAYS))('what %s does is each user’s own', (_, ways) => {
  it.each(READERS)('read %s', async (__, where) => {
    for (const [how, one] of Object.entries(ways)) {
      expect(await strayActs({ sdk, how, wayOf: () => one, where, isAct: isRequest })).toEqual([])
    }
  })
})

describe('what comes out is what went in', () => {
  const [user] = USERS

  it('a promise of the openai client, with what it keeps private', async () => {
    let made: APIPromise<unknown> | undefined
    const returned = bound(user, () => (made = chat(user)))
    expect(returned === made && returned instanceof APIPromise && returned instanceof Promise).toBe(true)
    expect((await returned.withResponse()).response.status).toBe(200)
    const missing = bound(user, () => openai(user).embeddings.create({ model: 'stand-in-1', input: 'chair' }))
    await expect(missing).rejects.toBeInstanceOf(NotFoundError)
  })

  it('a stream of the openai client, which can be aborted', async () => {
    const stream = await bound(user, () => chatStream(user))
    for await (const _ of stream) stream.controller.abort()
    expect(stream.controller.signal.aborted).toBe(true)
  })

  it('a stream of Anthropic’s client, whose listeners are told and whose message is awaited', async () => {
    sdk.clear()
    const client = new Anthropic({ apiKey: 'stand-in', baseURL: model.url })
    const streams = USERS.map((each) =>
      bound(each, () => client.messages.stream({ ...QUESTION, max_tokens: 100, metadata: { user_id: each } })),
    )
    const messages = await Promise.all(
      streams.map(async (stream) => {
        const texts: string[] = []
        stream.on('text', (text) => texts.push(text))
        return [texts.join(''), await stream.finalMessage()] as const
      }),
    )
    expect(messages.every(([, { role }]) => role === 'assistant')).toBe(true)
    const calls = (await sdk.judged()).filter(({ kind }) => kind === 'llm')
    expect(calls.map(({ principal, verdict }) => [principal, verdict]).toSorted()).toEqual(
      USERS.map((each) => [each, 'separated']),
    )
  })

  it('a stream of LangGraph, with methods of its own', async () => {
    const promise = bound(user, () => graphStream(user))
    const stream: Awaited<GraphStream> = await promise
    expect(stream).toBeInstanceOf(ReadableStream)
    expect(typeof stream.next).toBe('function')
    expect((await stream.next()).done).toBe(false)
    await stream.return()
    expect(stream.locked).toBe(false)
  })

  it('a remote of Comlink, to which no message is sent to look at it', async () => {
    const { default: nodeEndpoint } = (await import('comlink/dist/esm/node-adapter.mjs' as string)) as {
      default: (port: MessagePort) => Comlink.Endpoint
    }
    const { port1, port2 } = new MessageChannel()
    const asked: unknown[] = []
    Comlink.expose(
      {
        deep: {
          order: (item: string) => {
            asked.push(item)
            return `${item} ordered`
          },
        },
      },
      nodeEndpoint(port1),
    )
    let sent = 0
    port1.on('message', () => sent++)
    const remote = Comlink.wrap<unknown>(nodeEndpoint(port2)) as unknown as Remote
    expect(bound(user, () => remote) === remote).toBe(true)
    expect(bound(user, () => remote.deep) !== undefined).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(sent).toBe(0)
    expect(await bound(user, () => remote.deep.order('chair'))).toBe('chair ordered')
    expect(currentAttribution()).toBeUndefined()
    expect(asked).toEqual(['chair'])
    port1.close()
    port2.close()
  })
})

interface Remote {
  readonly deep: { order(item: string): Promise<string> }
}

it('two streams of graphs that one loop reads in turns are each their own user’s', async () => {
  sdk.clear()
  const streams = await Promise.all(USERS.map((user) => bound(user, () => graphStream(user))))
  let open = streams
  while (open.length > 0) {
    const read = await Promise.all(open.map(async (stream) => ({ stream, done: (await stream.next()).done })))
    open = read.filter(({ done }) => done !== true).map(({ stream }) => stream)
  }
  const acts = (await sdk.judged()).filter(isRequest)
  expect(acts).toHaveLength(USERS.length * 2)
  for (const act of acts) expect([act.verdict, speaksOf(act, act.principal as string)]).toEqual(['separated', true])
})
