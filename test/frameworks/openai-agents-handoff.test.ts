import { OpenAIAgentsInstrumentation } from '@arizeai/openinference-instrumentation-openai-agents'
import * as agents from '@openai/agents'
import { Agent, OpenAIChatCompletionsModel, run, setTracingDisabled, tool } from '@openai/agents'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent } from '../../src/index.ts'
import type { Seen } from '../live/seen.ts'
import { ERRANDS } from './errands.ts'
import { USERS, effectsIn, effectsOf, mineOf, startStage, toolsIn, toolsOf } from './stage.ts'
import type { Stage } from './stage.ts'

/** Several agents in one run: one hands over to another, or has it as a tool. */

let stage: Stage
let model: OpenAIChatCompletionsModel

beforeAll(async () => {
  const instrumentation = new OpenAIAgentsInstrumentation()
  stage = await startStage([instrumentation as never])
  instrumentation.manuallyInstrument(agents)
  // The framework traces nothing where NODE_ENV is `test`.
  setTracingDisabled(false)
  const client = new OpenAI({ apiKey: 'stand-in', baseURL: stage.modelUrl })
  model = new OpenAIChatCompletionsModel(client, 'stand-in-1')
})

afterAll(() => stage.stop())

const QUESTION = 'order a chair'

/** Its tools run as `buyer`, or as whoever is bound where the run began. */
function buyer(tools: 'bound' | 'unbound') {
  const inside = <T>(work: () => T) => (tools === 'bound' ? asAgent('buyer', work) : work())
  return new Agent({
    name: 'buyer',
    model,
    tools: ERRANDS.map((name) =>
      tool({
        name,
        description: name,
        parameters: z.object({}),
        execute: () => inside(() => stage.errands[name]()),
      }),
    ),
  })
}

const triage = (tools: 'bound' | 'unbound') => Agent.create({ name: 'triage', model, handoffs: [buyer(tools)] })

const manager = () =>
  new Agent({
    name: 'manager',
    model,
    tools: [buyer('bound').asTool({ toolName: 'ask_buyer', toolDescription: 'orders what is asked for' })],
  })

type Start = ReturnType<typeof triage> | ReturnType<typeof manager>

const whole = (agent: Start) => run(agent as ReturnType<typeof manager>, QUESTION)

const streamed = async (agent: Start) => {
  const stream = await run(agent as ReturnType<typeof manager>, QUESTION, { stream: true })
  for await (const _ of stream);
  await stream.completed
}

const isErrand = ({ name }: Pick<Seen, 'name'>) => (ERRANDS as readonly string[]).includes(name)
const chainsOf = (spans: readonly Seen[]) => new Set(spans.map(({ chain }) => String(chain)))
/** All effects but the calls of the model, which the framework sends for any of its agents. */
const outside = (spans: readonly Seen[]) =>
  spans.filter(({ kind, actor, name }) => kind === 'effect' && !(name === 'POST' && actor !== 'buyer'))

describe.each([
  ['run', whole],
  ['streamed', streamed],
])('OpenAI Agents with two agents, %s for two users at once', (_, through) => {
  it('has what the agent did that was handed over to bear both names, the first one first', async () => {
    await stage.askAll(() => asAgent('triage', () => through(triage('bound'))), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans.filter(isErrand))).toEqual(toolsOf(user))
      expect(effectsIn(outside(spans))).toEqual(effectsOf(user))
      expect(chainsOf([...spans.filter(isErrand), ...outside(spans)])).toEqual(new Set(['triage,buyer']))
    }
  })

  it('has the handover itself be a tool of the one who hands over', async () => {
    await stage.askAll(() => asAgent('triage', () => through(triage('bound'))), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      const handovers = spans.filter(({ kind, name }) => kind === 'tool' && !isErrand({ name }))
      expect(toolsIn(handovers)).toEqual([{ ...mineOf(user, 'triage'), kind: 'tool', context: 'handoff_to_buyer' }])
      expect(chainsOf(handovers)).toEqual(new Set(['triage']))
    }
  })

  it('puts effects down to the agent that the run began with, where the tools are not bound to theirs', async () => {
    await stage.askAll(() => asAgent('triage', () => through(triage('unbound'))), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans.filter(isErrand))).toEqual(toolsOf(user))
      expect(effectsIn(spans)).toEqual(effectsOf(user, { actor: 'triage', modelCalls: 3 }))
    }
  })

  it('has the chain begin with the agent that was handed over to, where none is bound', async () => {
    await stage.askAll(() => through(triage('bound')), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans.filter(isErrand))).toEqual(toolsOf(user))
      expect(chainsOf(spans.filter(isErrand))).toEqual(new Set(['buyer']))
    }
  })

  it('has what an agent does as the tool of another bear both names', async () => {
    await stage.askAll(() => asAgent('manager', () => through(manager())), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans.filter(isErrand))).toEqual(toolsOf(user))
      expect(effectsIn(outside(spans))).toEqual(effectsOf(user))
      expect(chainsOf([...spans.filter(isErrand), ...outside(spans)])).toEqual(new Set(['manager,buyer']))
      const asked = spans.find(({ name }) => name === 'ask_buyer')
      expect(asked).toMatchObject({ ...mineOf(user, 'manager'), kind: 'tool', context: 'ask_buyer' })
    }
  })
})
