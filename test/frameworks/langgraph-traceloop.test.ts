import * as callbackManager from '@langchain/core/callbacks/manager'
import { LangChainInstrumentation } from '@traceloop/instrumentation-langchain'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ERRANDS } from './errands.ts'
import { GRAPH_WAYS } from './langgraph-graph.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, viaConnector } from './stage.ts'
import type { Stage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  const instrumentation = new LangChainInstrumentation()
  stage = await startStage([instrumentation as never])
  instrumentation.manuallyInstrument({ callbackManagerModule: callbackManager })
})

afterAll(() => stage.stop())

/** Traceloop writes the class of a tool for its name, which tells no tool from another: what it was is missing. */
function namelessToolOf(user: string, actor: string) {
  const lacking = { context: undefined, verdict: 'unknown', complete: false, findings: ['missing_context'] }
  return { ...mineOf(user, actor), kind: 'tool', ...lacking }
}

describe.each(GRAPH_WAYS)('LangGraph under Traceloop, $how by two users at once', ({ run }) => {
  it('attributes each effect to its user, and each tool but for its name', async () => {
    await stage.askAll(() => run(stage))
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(effectsIn(spans)).toEqual(effectsOf(user, { modelCalls: 2 }))
      expect(toolsIn(spans)).toEqual(ERRANDS.map(() => namelessToolOf(user, 'buyer')))
    }
  })

  it('attributes the graph, its nodes and its model calls to their user', async () => {
    await stage.askAll(() => run(stage))
    for (const user of USERS) {
      const spans = othersIn(await stage.requestOf(user))
      expect(spans.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['workflow CompiledStateGraph', 'chat stand-in-1']),
      )
      expect(spans).toEqual(spans.map(({ name, kind }) => ({ ...mineOf(user), context: undefined, name, kind })))
    }
  })

  it('has the user on each tool where no agent is bound, and the service for an actor', async () => {
    await stage.askAll(() => run(stage), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans)).toEqual(ERRANDS.map(() => namelessToolOf(user, 'assistant-service')))
      expect(effectsIn(spans)).toEqual(viaConnector(user, 'assistant-service'))
    }
  })
})
