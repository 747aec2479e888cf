import { createRequire } from 'node:module'
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai'
import type OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ERRANDS } from './errands.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, viaConnector } from './stage.ts'
import type { Stage } from './stage.ts'

/** The `openai` client under its instrumentation, which sees the model calls and nothing of the tools between them. */

let stage: Stage
let model: OpenAI

beforeAll(async () => {
  stage = await startStage([new OpenAIInstrumentation() as never])
  // What the instrumentation patches is what `require` hands out.
  const { OpenAI: Client } = createRequire(import.meta.url)('openai') as typeof import('openai')
  model = new Client({ apiKey: 'stand-in', baseURL: stage.modelUrl })
})

afterAll(() => stage.stop())

const MODEL = 'stand-in-1'
const QUESTION = 'order a chair'

const chatTools = ERRANDS.map((name) => ({ type: 'function' as const, function: { name, description: name } }))
const responseTools = ERRANDS.map((name) => ({
  type: 'function' as const,
  name,
  description: name,
  parameters: { type: 'object', properties: {} },
  strict: false,
}))

function callOf(name: string): Promise<string> {
  const errand = ERRANDS.find((known) => known === name)
  if (errand === undefined) throw new Error(`no tool is called ${name}`)
  return stage.errands[errand]()
}

async function chat(): Promise<void> {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: QUESTION }]
  for (;;) {
    const { choices } = await model.chat.completions.create({ model: MODEL, messages, tools: chatTools })
    const names = (choices[0]?.message.tool_calls ?? []).flatMap((call) =>
      'function' in call ? call.function.name : [],
    )
    if (names.length === 0) return
    messages.push(...(await Promise.all(names.map(chatResult))))
  }
}

async function chatStreamed(): Promise<void> {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: QUESTION }]
  for (;;) {
    const parts = await model.chat.completions.create({ model: MODEL, messages, tools: chatTools, stream: true })
    const results: Promise<OpenAI.ChatCompletionMessageParam>[] = []
    // A tool runs as soon as the stream names it.
    for await (const { choices } of parts) {
      for (const { function: call } of choices[0]?.delta.tool_calls ?? [])
        if (call?.name) results.push(chatResult(call.name))
    }
    if (results.length === 0) return
    messages.push(...(await Promise.all(results)))
  }
}

async function chatResult(name: string): Promise<OpenAI.ChatCompletionMessageParam> {
  return { role: 'tool', tool_call_id: `call_${name}`, content: await callOf(name) }
}

async function responses(): Promise<void> {
  const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: QUESTION }]
  for (;;) {
    const { output } = await model.responses.create({ model: MODEL, input, tools: responseTools })
    const calls = output.filter((item) => item.type === 'function_call')
    if (calls.length === 0) return
    input.push(...(await Promise.all(calls.map(responseResult))))
  }
}

async function responsesStreamed(): Promise<void> {
  const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: QUESTION }]
  for (;;) {
    const events = await model.responses.create({ model: MODEL, input, tools: responseTools, stream: true })
    const results: ReturnType<typeof responseResult>[] = []
    for await (const event of events) {
      if (event.type === 'response.output_item.done' && event.item.type === 'function_call') {
        results.push(responseResult(event.item))
      }
    }
    if (results.length === 0) return
    input.push(...(await Promise.all(results)))
  }
}

async function responseResult({ name, call_id }: { readonly name: string; readonly call_id: string }) {
  return { type: 'function_call_output' as const, call_id, output: await callOf(name) }
}

const WAYS = [
  { how: 'chat completions', run: chat },
  { how: 'streamed chat completions', run: chatStreamed },
  { how: 'responses', run: responses },
  { how: 'streamed responses', run: responsesStreamed },
] as const

describe.each(WAYS)('the openai client with $how, asked by two users at once', ({ run }) => {
  it('has each model call and each effect attributed to its user', async () => {
    await stage.askAll(run)
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      const llm = { ...mineOf(user), context: undefined, name: `chat ${MODEL}`, kind: 'llm' }
      expect(othersIn(spans)).toEqual([llm, llm])
      expect(toolsIn(spans)).toEqual([])
      expect(effectsIn(spans)).toEqual(effectsOf(user))
    }
  })

  it('has no more than its model calls and what goes through a connector where no agent is bound', async () => {
    await stage.askAll(run, 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      const llm = { ...mineOf(user, 'assistant-service'), context: undefined, name: `chat ${MODEL}`, kind: 'llm' }
      expect(othersIn(spans)).toEqual([llm, llm])
      expect(effectsIn(spans)).toEqual(viaConnector(user, 'assistant-service'))
    }
  })
})
