import type OpenAI from 'openai'
import { ERRANDS } from './errands.ts'
import type { Stage } from './stage.ts'

/** A loop of an app's own around the `openai` client: it calls the tools that the model names until it names none. */
export type Loop = (stage: Stage, model: OpenAI) => Promise<void>

export const MODEL = 'stand-in-1'
const QUESTION = 'order a chair'

const chatTools = ERRANDS.map((name) => ({ type: 'function' as const, function: { name, description: name } }))
const responseTools = ERRANDS.map((name) => ({
  type: 'function' as const,
  name,
  description: name,
  parameters: { type: 'object', properties: {} },
  strict: false,
}))

function callOf(stage: Stage, name: string): Promise<string> {
  const errand = ERRANDS.find((known) => known === name)
  if (errand === undefined) throw new Error(`no tool is called ${name}`)
  return stage.errands[errand]()
}

async function chat(stage: Stage, model: OpenAI): Promise<void> {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: QUESTION }]
  for (;;) {
    const { choices } = await model.chat.completions.create({ model: MODEL, messages, tools: chatTools })
    const names = (choices[0]?.message.tool_calls ?? []).flatMap((call) =>
      'function' in call ? call.function.name : [],
    )
    if (names.length === 0) return
    messages.push(...(await Promise.all(names.map((name) => chatResult(stage, name)))))
  }
}

async function chatStreamed(stage: Stage, model: OpenAI): Promise<void> {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: QUESTION }]
  for (;;) {
    const parts = await model.chat.completions.create({ model: MODEL, messages, tools: chatTools, stream: true })
    const results: Promise<OpenAI.ChatCompletionMessageParam>[] = []
    // A tool runs as soon as the stream names it.
    for await (const { choices } of parts) {
      for (const { function: call } of choices[0]?.delta.tool_calls ?? [])
        if (call?.name) results.push(chatResult(stage, call.name))
    }
    if (results.length === 0) return
    messages.push(...(await Promise.all(results)))
  }
}

async function chatResult(stage: Stage, name: string): Promise<OpenAI.ChatCompletionMessageParam> {
  return { role: 'tool', tool_call_id: `call_${name}`, content: await callOf(stage, name) }
}

async function responses(stage: Stage, model: OpenAI): Promise<void> {
  const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: QUESTION }]
  for (;;) {
    const { output } = await model.responses.create({ model: MODEL, input, tools: responseTools })
    const calls = output.filter((item) => item.type === 'function_call')
    if (calls.length === 0) return
    input.push(...(await Promise.all(calls.map((call) => responseResult(stage, call)))))
  }
}

async function responsesStreamed(stage: Stage, model: OpenAI): Promise<void> {
  const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: QUESTION }]
  for (;;) {
    const events = await model.responses.create({ model: MODEL, input, tools: responseTools, stream: true })
    const results: ReturnType<typeof responseResult>[] = []
    for await (const event of events) {
      if (event.type === 'response.output_item.done' && event.item.type === 'function_call') {
        results.push(responseResult(stage, event.item))
      }
    }
    if (results.length === 0) return
    input.push(...(await Promise.all(results)))
  }
}

async function responseResult(stage: Stage, { name, call_id }: { readonly name: string; readonly call_id: string }) {
  return { type: 'function_call_output' as const, call_id, output: await callOf(stage, name) }
}

export const OPENAI_WAYS: readonly { readonly how: string; readonly run: Loop }[] = [
  { how: 'chat completions', run: chat },
  { how: 'streamed chat completions', run: chatStreamed },
  { how: 'responses', run: responses },
  { how: 'streamed responses', run: responsesStreamed },
]
