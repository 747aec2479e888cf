import express from 'express'
import { asAgent, onBehalfOf } from '../../src/index.ts'
import type { AttributionOptions } from '../../src/index.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { loopback } from '../live/loopback.ts'
import { meeting } from '../live/meeting.ts'
import { row } from '../live/seen.ts'
import type { Seen } from '../live/seen.ts'
import { ERRANDS, instrumentationsOfErrands, startErrands } from './errands.ts'
import type { Errands } from './errands.ts'
import { startModel } from './model-server.ts'

type Instrumentation = NonNullable<AttributionOptions['instrumentations']>[number]

/** Answers a request with a framework; who asks is passed for frameworks that have to be told. */
export type Answer = (user: string) => Promise<unknown>

export const USERS = ['kai@contoso.com', 'mia@contoso.com'] as const

export interface Stage {
  readonly sdk: LiveSdk
  readonly errands: Errands
  /** Where the stand-in of OpenAI answers. */
  readonly modelUrl: string
  /** Both users ask at once, each over HTTP; the agent is bound as `buyer`, or not at all. */
  askAll(answer: Answer, agent?: 'named' | 'unnamed'): Promise<void>
  /** The judged spans of the request of a user, found by the trace of the request and not by what we wrote. */
  requestOf(user: string): Promise<readonly Seen[]>
  stop(): Promise<void>
}

/** The SDK, the outside world, a model, and an app at whose edge the user and the intent are bound. */
export async function startStage(
  instrumentations: readonly Instrumentation[] = [],
  options: AttributionOptions = {},
): Promise<Stage> {
  let meet = meeting(USERS.length)
  let answer: Answer = () => Promise.resolve()
  // Two copies of the instrumentation package, one here and one beside the SDK, differ in types alone.
  const ofErrands = instrumentationsOfErrands() as unknown as readonly Instrumentation[]
  const sdk = startLiveSdk(options, [...ofErrands, ...instrumentations])
  const errands = await startErrands(() => meet())
  const model = await startModel()
  const shop = await loopback(shopApp((user) => answer(user)))
  return {
    sdk,
    errands,
    modelUrl: `${model.url}v1`,
    askAll: async (next, agent = 'named') => {
      meet = meeting(USERS.length)
      answer = next
      sdk.clear()
      await Promise.all(USERS.map((user) => ask(`${shop.url}${agent}/${user}`)))
    },
    requestOf: async (user) => {
      const spans = await sdk.judged()
      const path = (span: { readonly attributes: object }) => (span.attributes as Record<string, unknown>)['url.path']
      const trace = sdk.all().find((span) => String(path(span)).endsWith(`/${user}`))
      return spans.filter(({ traceId }) => traceId === trace?.spanContext().traceId)
    },
    stop: async () => {
      await Promise.all([shop.close(), model.close(), errands.close()])
      await sdk.stop()
    },
  }
}

function shopApp(answer: Answer) {
  const app = express()
  const bound = (user: string, run: () => Promise<unknown>) =>
    onBehalfOf({ principal: { id: user, type: 'human' }, intent: `order for ${user}` }, run)
  app.post('/named/:user', async ({ params }, response) => {
    const user = params['user'] as string
    await bound(user, () => asAgent({ id: 'buyer', version: '3' }, () => answer(user)))
    response.json({})
  })
  app.post('/unnamed/:user', async ({ params }, response) => {
    const user = params['user'] as string
    await bound(user, () => answer(user))
    response.json({})
  })
  return app
}

async function ask(url: string): Promise<void> {
  const response = await fetch(url, { method: 'POST' })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
}

/** What each tool of a user's request says, by its context. */
export function toolsIn(spans: readonly Seen[]) {
  return inOrder(spans.filter(({ kind }) => kind === 'tool').map(row), ({ context }) => context)
}

/** What each effect of a user's request says, by its name and context. */
export function effectsIn(spans: readonly Seen[]) {
  const effects = spans.filter(({ kind }) => kind === 'effect')
  return inOrder(effects.map(named), ({ name, context }) => `${name} ${context}`)
}

/** What all the others say, by kind and name: agents, workflows, model calls. */
export function othersIn(spans: readonly Seen[]) {
  const others = spans.filter(({ kind }) => kind !== 'tool' && kind !== 'effect')
  return inOrder(others.map(named), ({ name, kind }) => `${name} ${kind}`)
}

function named(span: Seen) {
  return { name: span.name, ...row(span) }
}

function inOrder<T>(rows: readonly T[], by: (row: T) => string | undefined): readonly T[] {
  return rows.toSorted((a, b) => String(by(a)).localeCompare(String(by(b))))
}

/** What every agent, tool and effect of a user's request has to say, whatever framework ran. */
export function mineOf(user: string, actor = 'buyer') {
  const intent = `order for ${user}`
  return { principal: user, actor, intent, verdict: 'separated', complete: true, findings: [] as readonly string[] }
}

/** What `toolsIn` has to be: each errand ran once. */
export function toolsOf(user: string, actor?: string) {
  const tools = ERRANDS.map((context) => ({ ...mineOf(user, actor), kind: 'tool', context: context as string }))
  return inOrder(tools, ({ context }) => context)
}

/** The same, if the framework has the span of a tool active while the tool runs: then the tool shows its connector. */
export function activeToolsOf(user: string, actor?: string) {
  const tools = toolsOf(user, actor)
  return tools.map((tool) => (tool.context === 'order' ? { ...tool, context: 'order-connector' } : tool))
}

/**
 * What `effectsIn` has to be. Where a framework does not make its spans active, its calls of the model count as
 * effects of the agent too.
 */
export function effectsOf(user: string, { actor, modelCalls = 0 }: { actor?: string; modelCalls?: number } = {}) {
  const effect = (name: string, context: string) => ({ ...mineOf(user, actor), kind: 'effect', name, context })
  const effects = [
    effect('GET', '127.0.0.1'),
    effect('POST', 'order-connector'),
    effect('orders send', 'orders'),
    effect('pg-pool.connect', 'postgres'),
    effect('pg.query:INSERT postgres', 'postgres'),
    ...Array.from({ length: modelCalls }, () => effect('POST', '127.0.0.1')),
  ]
  return inOrder(effects, ({ name, context }) => `${name} ${context}`)
}

/** What of `effectsIn` is left where nothing but the connector shows that a call is an agent's. */
export function viaConnector(user: string, actor: string) {
  return effectsOf(user, { actor }).filter(({ context }) => context === 'order-connector')
}
