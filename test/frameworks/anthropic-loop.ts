import type Anthropic from '@anthropic-ai/sdk'
import { ERRANDS } from './errands.ts'
import type { Stage } from './stage.ts'

/** A loop of an app's own around Anthropic's client: it calls the tools that the model names until it names none. */
type Loop = (stage: Stage, model: Anthropic) => Promise<void>

const tools = ERRANDS.map((name) => ({
  name,
  description: name,
  input_schema: { type: 'object' as const, properties: {} },
}))

const MODEL = 'stand-in-1'
const QUESTION = 'order a chair'

type Params = Anthropic.MessageCreateParamsNonStreaming

/** One turn: the blocks of the answer. */
type Ask = (params: Params) => Promise<readonly Anthropic.ContentBlock[]>

async function loop(stage: Stage, ask: Ask): Promise<void> {
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: QUESTION }]
  for (;;) {
    const content = await ask({ model: MODEL, max_tokens: 100, messages, tools })
    const calls = content.filter((block) => block.type === 'tool_use')
    if (calls.length === 0) return
    messages.push({ role: 'assistant', content: [...calls] })
    messages.push({ role: 'user', content: await Promise.all(calls.map((call) => resultOf(stage, call))) })
  }
}

async function resultOf(stage: Stage, { id, name }: Anthropic.ToolUseBlock) {
  const errand = ERRANDS.find((known) => known === name)
  if (errand === undefined) throw new Error(`no tool is called ${name}`)
  return { type: 'tool_result' as const, tool_use_id: id, content: await stage.errands[errand]() }
}

const whole: Loop = (stage, model) => loop(stage, async (params) => (await model.messages.create(params)).content)

/** Of a stream it reads what a loop needs: which tools are called. */
const streamed: Loop = (stage, model) =>
  loop(stage, async (params) => {
    const blocks: Anthropic.ContentBlock[] = []
    for await (const event of await model.messages.create({ ...params, stream: true })) {
      if (event.type === 'content_block_start') blocks.push(event.content_block)
    }
    return blocks
  })

const helped: Loop = (stage, model) =>
  loop(stage, async (params) => (await model.messages.stream(params).finalMessage()).content)

/** The loop that the client brings along, which runs the tools itself. */
function runner(stage: Stage, model: Anthropic, stream: boolean) {
  const runnable = tools.map((tool) => ({ ...tool, parse: () => ({}), run: () => stage.errands[tool.name]() }))
  const messages = [{ role: 'user' as const, content: QUESTION }]
  return model.beta.messages.toolRunner({ model: MODEL, max_tokens: 100, messages, tools: runnable, stream })
}

/** An app's own loop, in which no tool has a span. */
export const ANTHROPIC_LOOPS: readonly { readonly how: string; readonly run: Loop }[] = [
  { how: 'whole', run: whole },
  { how: 'streamed', run: streamed },
  { how: 'streamed by its helper', run: helped },
]

export const ANTHROPIC_RUNNERS: typeof ANTHROPIC_LOOPS = [
  { how: 'whole', run: async (stage, model) => void (await runner(stage, model, false)) },
  {
    how: 'streamed',
    run: async (stage, model) => {
      for await (const turn of runner(stage, model, true)) for await (const _ of turn as AsyncIterable<unknown>);
    },
  },
]
