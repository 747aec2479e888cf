import { OpenAIAgentsInstrumentation } from '@arizeai/openinference-instrumentation-openai-agents'
import * as agents from '@openai/agents'
import { Agent, OpenAIChatCompletionsModel, run, setTracingDisabled, tool, Usage } from '@openai/agents'
import type { Model } from '@openai/agents'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, attributedTool } from '../../src/index.ts'
import type { Seen } from '../live/seen.ts'
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
let model: OpenAIChatCompletionsModel

beforeAll(async () => {
  const instrumentation = new OpenAIAgentsInstrumentation()
  stage = await startStage([instrumentation as never], { policy: { profile: 'strict' } })
  instrumentation.manuallyInstrument(agents)
  // The framework traces nothing where NODE_ENV is `test`.
  setTracingDisabled(false)
  const client = new OpenAI({ apiKey: 'stand-in', baseURL: stage.modelUrl, fetch: modelFetch })
  model = new OpenAIChatCompletionsModel(client, 'stand-in-1')
})

afterAll(() => stage.stop())

const QUESTION = 'order a chair'

function buyer(user: string) {
  return new Agent({
    name: 'buyer',
    model,
    tools: ERRANDS.map((name) =>
      wrapped(
        tool({ name, description: name, parameters: z.object({}), execute: () => stage.errands[name]() }),
        name,
        user,
      ),
    ),
  })
}

const WAYS = [
  { how: 'run', answer: async (user: string) => void (await run(buyer(user), QUESTION)) },
  {
    how: 'streamed',
    answer: async (user: string) => {
      const stream = await run(buyer(user), QUESTION, { stream: true })
      for await (const _ of stream);
      await stream.completed
    },
  },
]

describe.each(WAYS)('wrapped tools of OpenAI Agents under OpenInference, $how by two users at once', ({ answer }) => {
  it('say on their own spans what they did, or that it was denied, and have what they do below them', async () => {
    await stage.askAll(answer)
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(wrappedIn(spans)).toEqual(wrappedOf(user))
      expect(wrappedEffectsIn(spans)).toEqual(WRAPPED_EFFECTS)
    }
  })

  it('meet `strict`, with all that the run does', async () => {
    await stage.askAll(answer)
    for (const user of USERS) expect(findingsIn(await stage.requestOf(user))).toEqual([])
  })
})

/** Asks for these at once, and then says that it is done. */
function modelOf(items: readonly string[]): Model {
  const calls = items.map((item, index) => ({
    type: 'function_call' as const,
    callId: `call-${index}`,
    name: 'order',
    status: 'completed' as const,
    arguments: JSON.stringify({ item }),
  }))
  const done = {
    type: 'message' as const,
    role: 'assistant' as const,
    status: 'completed' as const,
    content: [{ type: 'output_text' as const, text: 'Done.' }],
  }
  return {
    getResponse: async ({ input }) => {
      const results = Array.isArray(input) ? input.filter(({ type }) => type === 'function_call_result') : []
      return { usage: new Usage(), output: results.length === 0 ? calls : [done] }
    },
    getStreamedResponse: () => {
      throw new Error('it does not stream')
    },
  }
}

/** The chain of each of the tools' effects. */
function chainsIn(spans: readonly Seen[]): readonly (readonly string[] | undefined)[] {
  const effects = spans.filter(({ kind, context }) => kind === 'effect' && context !== 'model-api')
  return effects.map(({ chain }) => chain)
}

describe('effects of wrapped tools of OpenAI Agents', () => {
  it('are those of the agent that has the tools where none is bound', async () => {
    await stage.askAll((user) => run(buyer(user), QUESTION), 'unnamed')
    for (const user of USERS) {
      expect(chainsIn(await stage.requestOf(user))).toEqual(WRAPPED_EFFECTS.map(() => ['buyer']))
    }
  })

  it('are those of the agent that another one handed over to, without a binding in its tools', async () => {
    const start = (user: string) => Agent.create({ name: 'triage', model, handoffs: [buyer(user)] })
    await stage.askAll((user) => asAgent('triage', () => run(start(user) as unknown as Agent, QUESTION)), 'unnamed')
    for (const user of USERS) {
      expect(chainsIn(await stage.requestOf(user))).toEqual(WRAPPED_EFFECTS.map(() => ['triage', 'buyer']))
    }
  })
})

describe('a wrapped tool of OpenAI Agents', () => {
  it('is not mixed up with itself, called thrice at once by each of two users', async () => {
    const parameters = z.object({ item: z.string() })
    const order = attributedTool(
      tool({ name: 'order', description: 'orders', parameters, execute: ({ item }) => `${item} ordered` }),
      twinAct,
    )
    const told: unknown[] = []
    const spans = await runTwins(stage.sdk, async (items) => {
      const agent = new Agent({ name: 'buyer', model: modelOf(items), tools: [order] })
      const { newItems } = await run(agent, QUESTION)
      told.push(...newItems.flatMap((item) => (item.type === 'tool_call_output_item' ? [item.output] : [])))
    })
    expect(spans.toSorted(byDecision)).toEqual(TWINS.toSorted(byDecision))
    const answers = (user: string) => [
      `first of ${user} ordered`,
      'This action is not permitted.',
      `third of ${user} ordered`,
    ]
    expect(told.toSorted()).toEqual(USERS.flatMap(answers).toSorted())
  })
})
