import { LangChainInstrumentation } from '@arizeai/openinference-instrumentation-langchain'
import * as callbackManager from '@langchain/core/callbacks/manager'
import { awaitAllCallbacks } from '@langchain/core/callbacks/promises'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import { DynamicStructuredTool, tool } from '@langchain/core/tools'
import { createReactAgent } from '@langchain/langgraph/prebuilt'
import { ChatOpenAI } from '@langchain/openai'
import { LangChainInstrumentation as TraceloopInstrumentation } from '@traceloop/instrumentation-langchain'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { attributedTool } from '../../src/index.ts'
import { ERRANDS } from './errands.ts'
import { USERS, startStage } from './stage.ts'
import type { Stage } from './stage.ts'
import {
  byDecision,
  findingsIn,
  modelFetch,
  runTwins,
  twinAct,
  TWINS,
  wrapped,
  WRAPPED_EFFECTS,
  wrappedEffectsIn,
  wrappedIn,
  wrappedOf,
} from './wrapped-tools.ts'

let stage: Stage
const openInference = new LangChainInstrumentation()

beforeAll(async () => {
  stage = await startStage([openInference as never], { policy: { profile: 'strict' } })
  openInference.manuallyInstrument(callbackManager)
})

afterAll(() => stage.stop())

const QUESTION = { messages: [{ role: 'user', content: 'order a chair' }] }

function graph(user: string) {
  return createReactAgent({
    name: 'graph-buyer',
    llm: new ChatOpenAI({
      model: 'stand-in-1',
      apiKey: 'stand-in',
      configuration: { baseURL: stage.modelUrl, fetch: modelFetch },
    }),
    tools: ERRANDS.map((name) =>
      wrapped(
        tool(() => stage.errands[name](), { name, description: name, schema: z.object({}) }),
        name,
        user,
      ),
    ),
  })
}

/** Keeps everyone's callbacks waiting, so that the tools' spans start after their code. */
class Slow extends BaseCallbackHandler {
  override name = 'slow'
  override async handleToolStart(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const WAYS = [
  { how: 'invoked', run: async (user: string) => void (await graph(user).invoke(QUESTION)), isLate: false },
  {
    how: 'streamed',
    run: async (user: string) => {
      for await (const _ of await graph(user).stream(QUESTION, { streamMode: 'messages' }));
    },
    isLate: false,
  },
  {
    how: 'invoked beside slow callbacks',
    run: async (user: string) => {
      await graph(user).invoke(QUESTION, { callbacks: [new Slow()] })
      await awaitAllCallbacks()
    },
    isLate: true,
  },
]

describe.each(WAYS)('wrapped tools of LangGraph under OpenInference, $how by two users at once', ({ run, isLate }) => {
  it('say on their own spans what they did, or that it was denied', async () => {
    await stage.askAll(run)
    for (const user of USERS) expect(wrappedIn(await stage.requestOf(user))).toEqual(wrappedOf(user))
  })

  it('have what they do below them, if their spans have started', async () => {
    await stage.askAll(run)
    for (const user of USERS) {
      const effects = wrappedEffectsIn(await stage.requestOf(user))
      const below = (effect: string) => (isLate ? effect.replace(/ below .*/u, ' below undefined') : effect)
      expect(effects).toEqual(WRAPPED_EFFECTS.map(below))
    }
  })

  it('meet `strict`, with all that the graph does', async () => {
    await stage.askAll(run)
    for (const user of USERS) expect(findingsIn(await stage.requestOf(user))).toEqual([])
  })
})

const order = attributedTool(
  tool(({ item }) => `${item} ordered`, {
    name: 'order',
    description: 'orders',
    schema: z.object({ item: z.string() }),
  }),
  (input: { item: string }) => ({ ...twinAct(input), refused: () => 'not ordered' }),
)

describe('a wrapped tool of LangChain', () => {
  it('is not mixed up with itself, called thrice at once by each of two users', async () => {
    const run = async (items: readonly string[]) => {
      await Promise.all(items.map((item) => order.invoke({ item })))
      await awaitAllCallbacks()
    }
    const spans = await runTwins(stage.sdk, run)
    expect(spans.toSorted(byDecision)).toEqual(TWINS.toSorted(byDecision))
  })

  it('is a tool of LangChain as before', async () => {
    expect(order).toBeInstanceOf(DynamicStructuredTool)
    expect(await order.invoke({ item: 'a chair' })).toBe('a chair ordered')
    const call = { type: 'tool_call', id: 'call-1', name: 'order', args: { item: 'second' } } as const
    expect(await order.invoke(call)).toMatchObject({ tool_call_id: 'call-1', content: 'not ordered' })
    await expect(order.invoke({ item: 7 } as never)).rejects.toThrow(/schema/u)
    expect(await order.batch([{ item: 'one' }, { item: 'two' }])).toEqual(['one ordered', 'two ordered'])
  })
})

describe('wrapped tools of LangGraph under Traceloop as well, which has a second span of each', () => {
  it('say on each what they did', async () => {
    const traceloop = new TraceloopInstrumentation()
    traceloop.manuallyInstrument({ callbackManagerModule: callbackManager })
    await stage.askAll((user) => graph(user).invoke(QUESTION))
    for (const user of USERS) {
      const tools = wrappedIn(await stage.requestOf(user))
      expect(tools).toEqual(wrappedOf(user).flatMap((one) => [one, one]))
    }
  })
})
