import Anthropic from '@anthropic-ai/sdk'
import { AnthropicInstrumentation } from '@arizeai/openinference-instrumentation-anthropic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANTHROPIC_LOOPS, ANTHROPIC_RUNNERS } from './anthropic-loop.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, toolsOf, viaConnector } from './stage.ts'
import type { Stage } from './stage.ts'

/** Anthropic's client under OpenInference, whose span of a model call stands beside or above the client's own. */

let stage: Stage
let model: Anthropic

beforeAll(async () => {
  const instrumentation = new AnthropicInstrumentation()
  stage = await startStage([instrumentation as never])
  instrumentation.manuallyInstrument(Anthropic as never)
  model = new Anthropic({ apiKey: 'stand-in', baseURL: stage.modelUrl.replace(/\/v1$/u, '') })
})

afterAll(() => stage.stop())

const THEIRS = ['Anthropic Messages', 'Anthropic Messages'] as const

/** Those of two turns; a beta call that streams has the client's own span alone. */
const modelCallsOf = (user: string, actor?: string, theirs: readonly string[] = THEIRS) =>
  [...theirs, 'anthropic.messages.create', 'anthropic.messages.create'].map((name) => ({
    ...mineOf(user, actor),
    context: undefined,
    kind: 'llm',
    name,
  }))

describe.each(ANTHROPIC_LOOPS)(
  'Anthropic’s client under OpenInference, $how, asked by two users at once',
  ({ run }) => {
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
  },
)

describe.each(ANTHROPIC_RUNNERS)(
  'the tool runner of Anthropic’s client under OpenInference, $how, for two users at once',
  ({ how, run }) => {
    it('has its run, each model call, each tool and each effect attributed to its user', async () => {
      await stage.askAll(() => run(stage, model))
      for (const user of USERS) {
        const spans = await stage.requestOf(user)
        const agent = { ...mineOf(user), context: undefined, kind: 'agent', name: 'anthropic.messages.tool_runner' }
        expect(othersIn(spans).filter(({ kind }) => kind === 'agent')).toEqual([agent])
        expect(othersIn(spans).filter(({ kind }) => kind === 'llm')).toEqual(
          modelCallsOf(user, 'buyer', how === 'streamed' ? [] : THEIRS),
        )
        expect(toolsIn(spans)).toEqual(toolsOf(user))
        expect(effectsIn(spans)).toEqual(effectsOf(user))
      }
    })
  },
)
