import Anthropic from '@anthropic-ai/sdk'
import { AnthropicInstrumentation } from '@arizeai/openinference-instrumentation-anthropic'
import { afterAll, beforeAll } from 'vitest'
import { describeAnthropic } from './anthropic-cases.ts'
import { startStage } from './stage.ts'
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

const OWN = ['anthropic.messages.create', 'anthropic.messages.create'] as const

describeAnthropic({
  called: 'Anthropic’s client under OpenInference',
  stage: () => stage,
  model: () => model,
  calls: ['Anthropic Messages', 'Anthropic Messages', ...OWN],
  // A beta call that streams has the client's own span alone.
  callsOfStreamedRunner: OWN,
})
