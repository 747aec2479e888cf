import type Anthropic from '@anthropic-ai/sdk'
import { AnthropicInstrumentation } from '@traceloop/instrumentation-anthropic'
import * as anthropic from 'anthropic-sdk-0'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANTHROPIC_LOOPS, ANTHROPIC_RUNNERS } from './anthropic-loop.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, toolsOf, viaConnector } from './stage.ts'
import type { Stage } from './stage.ts'

/** Anthropic's client of the line 0.x: Traceloop's instrumentation does not fit 1.x. */

let stage: Stage
let model: Anthropic

beforeAll(async () => {
  const instrumentation = new AnthropicInstrumentation()
  stage = await startStage([instrumentation as never])
  instrumentation.manuallyInstrument(anthropic as never)
  const client = new anthropic.Anthropic({ apiKey: 'stand-in', baseURL: stage.modelUrl.replace(/\/v1$/u, '') })
  // As far as the loops go, both lines have the same methods.
  model = client as unknown as Anthropic
})

afterAll(() => stage.stop())

/** Those of two turns. */
const modelCallsOf = (user: string, actor?: string) =>
  ['anthropic.messages.create', 'anthropic.messages.create', 'chat stand-in-1', 'chat stand-in-1'].map((name) => ({
    ...mineOf(user, actor),
    context: undefined,
    kind: 'llm',
    name,
  }))

describe.each(ANTHROPIC_LOOPS)('Anthropic’s client under Traceloop, $how, asked by two users at once', ({ run }) => {
  it('has each model call and each effect attributed to its user', async () => {
    await stage.askAll(() => run(stage, model))
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(othersIn(spans)).toEqual(modelCallsOf(user))
      expect(toolsIn(spans)).toEqual([])
      expect(effectsIn(spans)).toEqual(effectsOf(user))
    }
  })

  it('has no more than its model calls and what goes through a connector where no agent is bound', async () => {
    await stage.askAll(() => run(stage, model), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(othersIn(spans)).toEqual(modelCallsOf(user, 'assistant-service'))
      expect(effectsIn(spans)).toEqual(viaConnector(user, 'assistant-service'))
    }
  })
})

describe.each(ANTHROPIC_RUNNERS)(
  'the tool runner of Anthropic’s client under Traceloop, $how, for two users at once',
  ({ run }) => {
    it('has its run, each model call, each tool and each effect attributed to its user', async () => {
      await stage.askAll(() => run(stage, model))
      for (const user of USERS) {
        const spans = await stage.requestOf(user)
        const agent = { ...mineOf(user), context: undefined, kind: 'agent', name: 'anthropic.messages.tool_runner' }
        expect(othersIn(spans).filter(({ kind }) => kind === 'agent')).toEqual([agent])
        expect(othersIn(spans).filter(({ kind }) => kind === 'llm')).toEqual(modelCallsOf(user))
        expect(toolsIn(spans)).toEqual(toolsOf(user))
        expect(effectsIn(spans)).toEqual(effectsOf(user))
      }
    })
  },
)
