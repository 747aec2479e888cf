import { SpanStatusCode, trace } from '@opentelemetry/api'
import type { Tracer } from '@opentelemetry/api'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ERRANDS } from './errands.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, activeToolsOf } from './stage.ts'
import type { Stage } from './stage.ts'

/** An agent that nobody's instrumentation knows: its author says by `attribution.span.kind` what each span is. */

let stage: Stage
let model: OpenAI
let tracer: Tracer

beforeAll(async () => {
  stage = await startStage()
  tracer = trace.getTracer('buyer')
  model = new OpenAI({ apiKey: 'stand-in', baseURL: stage.modelUrl })
})

afterAll(() => stage.stop())

type Message = OpenAI.ChatCompletionMessageParam

function spanned<T>(kind: string, name: string, run: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { attributes: { 'attribution.span.kind': kind } }, async (span) => {
    try {
      return await run()
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}

const tools = ERRANDS.map((name) => ({ type: 'function' as const, function: { name, description: name } }))

async function whole(messages: readonly Message[]): Promise<readonly string[]> {
  const { choices } = await model.chat.completions.create({ model: 'stand-in-1', messages: [...messages], tools })
  return (choices[0]?.message.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? call.function.name : []))
}

async function streamed(messages: readonly Message[]): Promise<readonly string[]> {
  const names: string[] = []
  const parts = await model.chat.completions.create({
    model: 'stand-in-1',
    messages: [...messages],
    tools,
    stream: true,
  })
  for await (const { choices } of parts) {
    for (const call of choices[0]?.delta.tool_calls ?? []) if (call.function?.name) names.push(call.function.name)
  }
  return names
}

/** The loop that every agent is: ask, do, ask again. */
function answer(ask: typeof whole): Promise<void> {
  return spanned('agent', 'buyer.run', async () => {
    const messages: Message[] = [{ role: 'user', content: 'order a chair' }]
    for (;;) {
      const names = await spanned('llm', 'buyer.ask', () => ask(messages))
      if (names.length === 0) return
      const results = await Promise.all(names.map((name) => spanned('tool', name, () => call(name))))
      messages.push(...results)
    }
  })
}

async function call(name: string): Promise<Message> {
  const errand = ERRANDS.find((known) => known === name)
  if (errand === undefined) throw new Error(`no tool is called ${name}`)
  return { role: 'tool', tool_call_id: `call_${name}`, content: await stage.errands[errand]() }
}

describe.each([
  { how: 'whole', ask: whole },
  { how: 'streamed', ask: streamed },
])('a hand-written agent whose model answers $how, for two users at once', ({ ask }) => {
  it('has each tool and each effect attributed to its user', async () => {
    await stage.askAll(() => answer(ask))
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans)).toEqual(activeToolsOf(user))
      expect(effectsIn(spans)).toEqual(effectsOf(user))
    }
  })

  it('has its run and its model calls attributed to their user, and what they send is transport', async () => {
    await stage.askAll(() => answer(ask))
    for (const user of USERS) {
      const mine = { ...mineOf(user), context: undefined }
      expect(othersIn(await stage.requestOf(user))).toEqual([
        { ...mine, name: 'buyer.ask', kind: 'llm' },
        { ...mine, name: 'buyer.ask', kind: 'llm' },
        { ...mine, name: 'buyer.run', kind: 'agent' },
      ])
    }
  })

  it('acts under the name of its agent span where no agent is bound', async () => {
    await stage.askAll(() => answer(ask), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(toolsIn(spans)).toEqual(activeToolsOf(user, 'buyer.run'))
      expect(effectsIn(spans)).toEqual(effectsOf(user, { actor: 'buyer.run' }))
    }
  })
})
