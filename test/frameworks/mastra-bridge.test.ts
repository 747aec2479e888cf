import { Mastra } from '@mastra/core/mastra'
import { Observability } from '@mastra/observability'
import { OtelBridge } from '@mastra/otel-bridge'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mastraBuyer } from './mastra-buyer.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, activeToolsOf } from './stage.ts'
import type { Stage } from './stage.ts'

/** Mastra over its OpenTelemetry bridge, which makes spans of the SDK, and makes them active. */

let stage: Stage
let mastra: Mastra

beforeAll(async () => {
  stage = await startStage()
  mastra = new Mastra({
    logger: false,
    agents: { buyer: mastraBuyer(stage) },
    observability: new Observability({
      configs: { otel: { serviceName: 'assistant-service', bridge: new OtelBridge() } },
    }),
  })
})

afterAll(async () => {
  await mastra.shutdown()
  await stage.stop()
})

const QUESTION = 'order a chair'

const WAYS = [
  { how: 'generated', run: () => mastra.getAgent('buyer').generate(QUESTION) },
  {
    how: 'streamed',
    run: async () => {
      const { textStream } = await mastra.getAgent('buyer').stream(QUESTION)
      for await (const _ of textStream);
    },
  },
] as const

describe.each(WAYS)('Mastra over its bridge, $how for two users at once', ({ run }) => {
  it.each([
    { agent: 'bound', how: 'named' },
    { agent: 'named by Mastra alone', how: 'unnamed' },
  ] as const)('attributes each tool and each effect to its user where the agent is $agent', async ({ how }) => {
    await stage.askAll(run, how)
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans)).toEqual(activeToolsOf(user))
      // The span of its model call is never active, so that what it sends counts as an effect too.
      expect(effectsIn(spans)).toEqual(effectsOf(user, { modelCalls: 2 }))
    }
  })

  it('attributes the run, its steps and its model calls to their user', async () => {
    await stage.askAll(run)
    for (const user of USERS) {
      const spans = othersIn(await stage.requestOf(user))
      expect(new Set(spans.map(({ kind }) => kind))).toEqual(new Set(['agent', 'workflow', 'llm']))
      expect(spans).toEqual(spans.map(({ name, kind }) => ({ ...mineOf(user), context: undefined, name, kind })))
    }
  })
})
