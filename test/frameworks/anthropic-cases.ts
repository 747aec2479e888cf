import type Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { ANTHROPIC_LOOPS, ANTHROPIC_RUNNERS } from './anthropic-loop.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, toolsIn, activeToolsOf, viaConnector } from './stage.ts'
import type { Stage } from './stage.ts'

export interface AnthropicUnderTest {
  /** What the client stands under, for the titles. */
  readonly called: string
  readonly stage: () => Stage
  readonly model: () => Anthropic
  /** The names of the model calls of two turns. */
  readonly calls: readonly string[]
  /** Those of the tool runner where its model streams. Default: the same. */
  readonly callsOfStreamedRunner?: readonly string[]
}

/** What holds for Anthropic's client, with or without an instrumentation. */
export function describeAnthropic(client: AnthropicUnderTest): void {
  const { called, stage, model, calls } = client

  describe.each(ANTHROPIC_LOOPS)(`${called}, $how, asked by two users at once`, ({ run }) => {
    it('has each model call and each effect attributed to its user', async () => {
      await stage().askAll(() => run(stage(), model()))
      for (const user of USERS) {
        const spans = await stage().requestOf(user)
        expect(othersIn(spans)).toEqual(modelCallsOf(calls, user))
        expect(toolsIn(spans)).toEqual([])
        expect(effectsIn(spans)).toEqual(effectsOf(user))
      }
    })

    it('has no more than its model calls and what goes through a connector where no agent is bound', async () => {
      await stage().askAll(() => run(stage(), model()), 'unnamed')
      for (const user of USERS) {
        const spans = await stage().requestOf(user)
        expect(othersIn(spans)).toEqual(modelCallsOf(calls, user, 'assistant-service'))
        expect(effectsIn(spans)).toEqual(viaConnector(user, 'assistant-service'))
      }
    })
  })

  describe.each(ANTHROPIC_RUNNERS)(`the tool runner of ${called}, $how, for two users at once`, ({ how, run }) => {
    it('has its run, each model call, each tool and each effect attributed to its user', async () => {
      await stage().askAll(() => run(stage(), model()))
      const mine = how === 'streamed' ? (client.callsOfStreamedRunner ?? calls) : calls
      for (const user of USERS) {
        const spans = await stage().requestOf(user)
        const agent = { ...mineOf(user), context: undefined, kind: 'agent', name: 'anthropic.messages.tool_runner' }
        expect(othersIn(spans).filter(({ kind }) => kind === 'agent')).toEqual([agent])
        expect(othersIn(spans).filter(({ kind }) => kind === 'llm')).toEqual(modelCallsOf(mine, user))
        expect(toolsIn(spans)).toEqual(activeToolsOf(user))
        expect(effectsIn(spans)).toEqual(effectsOf(user))
      }
    })
  })
}

function modelCallsOf(calls: readonly string[], user: string, actor?: string) {
  return calls.map((name) => ({ ...mineOf(user, actor), context: undefined, kind: 'llm', name }))
}
