import { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, run, tool } from '@openai/agents'
import { OpenAIInstrumentation } from '@traceloop/instrumentation-openai'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ERRANDS } from './errands.ts'
import { MODEL, OPENAI_WAYS } from './openai-loop.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, viaConnector } from './stage.ts'
import type { Stage } from './stage.ts'

/** Traceloop's instrumentation of the `openai` client, which is all that it has for OpenAI Agents too. */

let stage: Stage
let client: OpenAI

beforeAll(async () => {
  const instrumentation = new OpenAIInstrumentation()
  stage = await startStage([instrumentation as never])
  instrumentation.manuallyInstrument(OpenAI as never)
  client = new OpenAI({ apiKey: 'stand-in', baseURL: stage.modelUrl })
})

afterAll(() => stage.stop())

type Model = OpenAIChatCompletionsModel | OpenAIResponsesModel

function buyer(model: Model) {
  const tools = ERRANDS.map((name) =>
    tool({ name, description: name, parameters: z.object({}), execute: () => stage.errands[name]() }),
  )
  return new Agent({ name: 'buyer', model, tools })
}

const MODELS = [
  { api: 'chat completions', model: () => new OpenAIChatCompletionsModel(client, MODEL) },
  { api: 'responses', model: () => new OpenAIResponsesModel(client, MODEL) },
] as const

const AGENT_WAYS = MODELS.flatMap(({ api, model }) => [
  { how: `OpenAI Agents over ${api}`, answer: () => run(buyer(model()), 'order a chair') },
  {
    how: `OpenAI Agents streamed over ${api}`,
    answer: async () => {
      const stream = await run(buyer(model()), 'order a chair', { stream: true })
      for await (const _ of stream);
      await stream.completed
    },
  },
])

const CLIENT_WAYS = OPENAI_WAYS.map(({ how, run: loop }) => ({
  how: `the openai client with ${how}`,
  answer: () => loop(stage, client),
}))

describe.each([...CLIENT_WAYS, ...AGENT_WAYS])('$how under Traceloop, asked by two users at once', ({ answer }) => {
  it('has each model call and each effect attributed to its user', async () => {
    await stage.askAll(answer)
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      const llm = { ...mineOf(user), context: undefined, name: `chat ${MODEL}`, kind: 'llm' }
      expect(othersIn(spans)).toEqual([llm, llm])
      expect(toolsIn(spans)).toEqual([])
      expect(effectsIn(spans)).toEqual(effectsOf(user))
    }
  })

  it('has no more than its model calls and what goes through a connector where no agent is bound', async () => {
    await stage.askAll(answer, 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      const llm = { ...mineOf(user, 'assistant-service'), context: undefined, name: `chat ${MODEL}`, kind: 'llm' }
      expect(othersIn(spans)).toEqual([llm, llm])
      expect(effectsIn(spans)).toEqual(viaConnector(user, 'assistant-service'))
    }
  })
})
