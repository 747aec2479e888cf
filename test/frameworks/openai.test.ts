import { createRequire } from 'node:module'
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai'
import type OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MODEL, OPENAI_WAYS } from './openai-loop.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, viaConnector } from './stage.ts'
import type { Stage } from './stage.ts'

/** The `openai` client under its instrumentation, which sees the model calls and nothing of the tools between them. */

let stage: Stage
let model: OpenAI

beforeAll(async () => {
  stage = await startStage([new OpenAIInstrumentation() as never])
  // What the instrumentation patches is what `require` hands out.
  const { OpenAI: Client } = createRequire(import.meta.url)('openai') as typeof import('openai')
  model = new Client({ apiKey: 'stand-in', baseURL: stage.modelUrl })
})

afterAll(() => stage.stop())

describe.each(OPENAI_WAYS)('the openai client with $how, asked by two users at once', ({ run }) => {
  it('has each model call and each effect attributed to its user', async () => {
    await stage.askAll(() => run(stage, model))
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      const llm = { ...mineOf(user), context: undefined, name: `chat ${MODEL}`, kind: 'llm' }
      expect(othersIn(spans)).toEqual([llm, llm])
      expect(toolsIn(spans)).toEqual([])
      expect(effectsIn(spans)).toEqual(effectsOf(user))
    }
  })

  it('has no more than its model calls and what goes through a connector where no agent is bound', async () => {
    await stage.askAll(() => run(stage, model), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      const llm = { ...mineOf(user, 'assistant-service'), context: undefined, name: `chat ${MODEL}`, kind: 'llm' }
      expect(othersIn(spans)).toEqual([llm, llm])
      expect(effectsIn(spans)).toEqual(viaConnector(user, 'assistant-service'))
    }
  })
})
