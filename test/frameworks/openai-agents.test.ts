import { OpenAIAgentsInstrumentation } from '@arizeai/openinference-instrumentation-openai-agents'
import * as agents from '@openai/agents'
import { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, run, setTracingDisabled, tool } from '@openai/agents'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ERRANDS } from './errands.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, toolsOf, viaConnector } from './stage.ts'
import type { Stage } from './stage.ts'

let stage: Stage
let client: OpenAI

beforeAll(async () => {
  const instrumentation = new OpenAIAgentsInstrumentation()
  stage = await startStage([instrumentation as never])
  instrumentation.manuallyInstrument(agents)
  // The framework traces nothing where NODE_ENV is `test`.
  setTracingDisabled(false)
  client = new OpenAI({ apiKey: 'stand-in', baseURL: stage.modelUrl })
})

afterAll(() => stage.stop())

type Model = OpenAIChatCompletionsModel | OpenAIResponsesModel

function buyer(model: Model, name: string) {
  return new Agent({
    name,
    model,
    tools: ERRANDS.map((name) =>
      tool({ name, description: name, parameters: z.object({}), execute: () => stage.errands[name]() }),
    ),
  })
}

const QUESTION = 'order a chair'

const MODELS = [
  { api: 'chat completions', model: () => new OpenAIChatCompletionsModel(client, 'stand-in-1') },
  { api: 'responses', model: () => new OpenAIResponsesModel(client, 'stand-in-1') },
] as const

const WAYS = MODELS.flatMap(({ api, model }) => [
  { how: `run over ${api}`, answer: (name: string) => run(buyer(model(), name), QUESTION) },
  {
    how: `streamed over ${api}`,
    answer: async (name: string) => {
      const stream = await run(buyer(model(), name), QUESTION, { stream: true })
      for await (const _ of stream);
      await stream.completed
    },
  },
])

describe.each(WAYS)('OpenAI Agents under OpenInference, $how for two users at once', ({ answer }) => {
  it('attributes each tool and each effect to its user, and to the agent that is bound by its name', async () => {
    await stage.askAll(() => answer('buyer'))
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans)).toEqual(toolsOf(user))
      // Its spans are never active, so that what the agent sends to its model counts as an effect too.
      expect(effectsIn(spans)).toEqual(effectsOf(user, { modelCalls: 2 }))
    }
  })

  it('attributes the run, its turns and its model calls to their user', async () => {
    await stage.askAll(() => answer('buyer'))
    for (const user of USERS) {
      const spans = othersIn(await stage.requestOf(user))
      expect(new Set(spans.map(({ kind }) => kind))).toEqual(new Set(['agent', 'workflow', 'llm']))
      expect(spans).toEqual(spans.map(({ name, kind }) => ({ ...mineOf(user), context: undefined, name, kind })))
    }
  })

  it('shows an agent of another name as a further actor on its own spans', async () => {
    await stage.askAll(() => answer('purchasing'))
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans)).toEqual(toolsOf(user, 'purchasing'))
      expect(spans.find(({ kind }) => kind === 'tool')?.chain).toEqual(['buyer', 'purchasing'])
      expect(effectsIn(spans)).toEqual(effectsOf(user, { modelCalls: 2 }))
    }
  })

  it('misses the actor of its root span where no agent is bound, and names it below', async () => {
    await stage.askAll(() => answer('purchasing'), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      const root = { name: 'Agent workflow', kind: 'agent', principal: user, actor: undefined }
      expect(othersIn(spans)).toContainEqual(expect.objectContaining({ ...root, findings: ['missing_actor'] }))
      expect(toolsIn(spans)).toEqual(toolsOf(user, 'purchasing'))
      expect(effectsIn(spans)).toEqual(viaConnector(user, 'assistant-service'))
    }
  })
})
