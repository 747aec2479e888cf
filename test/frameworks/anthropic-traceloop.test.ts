import type Anthropic from '@anthropic-ai/sdk'
import { AnthropicInstrumentation } from '@traceloop/instrumentation-anthropic'
import * as anthropic from 'anthropic-sdk-0'
import { afterAll, beforeAll } from 'vitest'
import { describeAnthropic } from './anthropic-cases.ts'
import { startStage } from './stage.ts'
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

describeAnthropic({
  called: 'Anthropic’s client under Traceloop',
  stage: () => stage,
  model: () => model,
  calls: ['anthropic.messages.create', 'anthropic.messages.create', 'chat stand-in-1', 'chat stand-in-1'],
})
