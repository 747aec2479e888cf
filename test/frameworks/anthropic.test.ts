import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeAnthropic } from './anthropic-cases.ts'
import { ANTHROPIC_RUNNERS } from './anthropic-loop.ts'
import { USERS, effectsOf, startStage, toolsOf } from './stage.ts'
import type { Stage } from './stage.ts'

/** Anthropic's client, which makes spans of its own. */

let stage: Stage
let model: Anthropic

beforeAll(async () => {
  stage = await startStage()
  model = new Anthropic({ apiKey: 'stand-in', baseURL: stage.modelUrl.replace(/\/v1$/u, '') })
})

afterAll(() => stage.stop())

describeAnthropic({
  called: 'Anthropic’s client',
  stage: () => stage,
  model: () => model,
  calls: ['anthropic.messages.create', 'anthropic.messages.create'],
})

describe.each(ANTHROPIC_RUNNERS)('the tool runner of Anthropic’s client, $how, where no agent is bound', ({ run }) => {
  it('misses the actor of everything: the run bears no name', async () => {
    await stage.askAll(() => run(stage, model), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(spans).toHaveLength(1 + 2 + toolsOf(user).length + effectsOf(user).length)
      for (const { principal, actor, findings } of spans) {
        expect({ principal, actor, findings }).toEqual({
          principal: user,
          actor: undefined,
          findings: ['missing_actor'],
        })
      }
    }
  })
})
