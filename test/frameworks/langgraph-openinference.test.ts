import { LangChainInstrumentation } from '@arizeai/openinference-instrumentation-langchain'
import * as callbackManager from '@langchain/core/callbacks/manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GRAPH_WAYS } from './langgraph-graph.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, toolsOf, viaConnector } from './stage.ts'
import type { Stage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  const instrumentation = new LangChainInstrumentation()
  stage = await startStage([instrumentation as never])
  instrumentation.manuallyInstrument(callbackManager)
})

afterAll(() => stage.stop())

describe.each(GRAPH_WAYS)('LangGraph under OpenInference, $how by two users at once', ({ run }) => {
  it('attributes each tool and each effect to its user', async () => {
    await stage.askAll(() => run(stage))
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans)).toEqual(toolsOf(user))
      expect(effectsIn(spans)).toEqual(effectsOf(user, { modelCalls: 2 }))
    }
  })

  it('attributes the graph, its nodes and its model calls to their user', async () => {
    await stage.askAll(() => run(stage))
    for (const user of USERS) {
      const spans = othersIn(await stage.requestOf(user))
      expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['graph-buyer', 'tools', 'ChatOpenAI']))
      expect(spans).toEqual(spans.map(({ name, kind }) => ({ ...mineOf(user), context: undefined, name, kind })))
    }
  })

  it('has the user on each tool where no agent is bound, and the service for an actor', async () => {
    await stage.askAll(() => run(stage), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans)).toEqual(toolsOf(user, 'assistant-service'))
      // Its spans are never active: `asAgent` and `via` alone show that a call is an agent's.
      expect(effectsIn(spans)).toEqual(viaConnector(user, 'assistant-service'))
    }
  })
})
