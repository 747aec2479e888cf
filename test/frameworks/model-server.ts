import type { IncomingMessage, ServerResponse } from 'node:http'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'

/**
 * In place of OpenAI, whose chat completions and responses it speaks, of Anthropic, whose messages, and of Google, whose
 * contents, each whole and streamed. It calls every tool that it is
 * offered at once, and says that it is done when it sees the result of each. When it streams it talks before it calls.
 */
export function startModel(): Promise<Loopback> {
  return loopback((request, response) => {
    bodyOf(request).then((body) => answer(request.url ?? '', body, response), response.destroy.bind(response))
  })
}

interface Body {
  readonly stream?: boolean
  readonly messages?: readonly { readonly tool_call_id?: string; readonly content?: unknown }[]
  readonly input?: string | readonly { readonly call_id?: string }[]
  readonly contents?: readonly { readonly parts: readonly GooglePart[] }[]
  readonly tools?: readonly (Offered & {
    readonly function?: Offered
    readonly input_schema?: Offered['parameters']
    readonly functionDeclarations?: readonly Offered[]
  })[]
}

interface Offered {
  readonly name?: string
  readonly parameters?: { readonly properties?: object }
}

interface Call {
  readonly name: string
  /** JSON: what a tool asks for by the name `input`, and nothing else. */
  readonly args: string
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as Body
}

function answer(url: string, body: Body, response: ServerResponse): void {
  const calls = callsFor(body)
  if (url.endsWith('/chat/completions')) {
    send(response, body, completion(calls), completionChunks(calls), '[DONE]')
  } else if (url.endsWith('/responses')) {
    send(response, body, responseOf(calls), responseEvents(calls))
  } else if (new URL(url, 'http://any').pathname.endsWith('/messages')) {
    send(response, body, message(calls), messageEvents(calls))
  } else if (url.includes(':generateContent')) {
    send(response, body, contents(googleCalls(body)), [])
  } else if (url.includes(':streamGenerateContent')) {
    send(response, { stream: true }, {}, [contents(googleCalls(body))])
  } else {
    response.writeHead(404).end('{"error":{"message":"this model stand-in knows no such path"}}')
  }
}

/** The tools to call: those that have no result yet. */
function callsFor({ messages = [], input = [], tools = [] }: Body): readonly Call[] {
  const items = Array.isArray(input) ? input : []
  const answered = new Set([
    ...messages.flatMap((said) => [said.tool_call_id, ...resultsIn(said.content)]),
    ...items.map((item) => item.call_id),
  ])
  return tools.flatMap((tool) => {
    const { name, parameters = tool.input_schema } = tool.function ?? tool
    if (name === undefined || answered.has(callId(name))) return []
    const isAsked = Object.hasOwn(parameters?.properties ?? {}, 'input')
    return [{ name, args: isAsked ? '{"input":"order a chair"}' : '{}' }]
  })
}

/** The calls that a message to Anthropic answers. */
function resultsIn(content: unknown): readonly unknown[] {
  return Array.isArray(content) ? content.map((block: { readonly tool_use_id?: string }) => block.tool_use_id) : []
}

function callId(name: string): string {
  return `call_${name}`
}

type Event = Readonly<Record<string, unknown>>

function send(response: ServerResponse, body: Body, whole: Event, parts: readonly Event[], end?: string): void {
  if (body.stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const lines = parts.map((part) => {
    const name = typeof part['type'] === 'string' ? `event: ${part['type']}\n` : ''
    return `${name}data: ${JSON.stringify(part)}\n\n`
  })
  if (end !== undefined) lines.push(`data: ${end}\n\n`)
  void trickle(response, lines)
}

/** A turn of the event loop between any two parts, so that two streams interleave. */
async function trickle(response: ServerResponse, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    response.write(line)
    await new Promise((resolve) => setImmediate(resolve))
  }
  response.end()
}

const WORDS = ['Let ', 'me ', 'see.'] as const
const CHAT = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'stand-in-1' } as const
const USAGE = { prompt_tokens: 20, completion_tokens: 8, total_tokens: 28 } as const

function chatCalls(calls: readonly Call[]) {
  return calls.map(({ name, args }, index) => ({
    id: callId(name),
    type: 'function',
    function: { name, arguments: args },
    index,
  }))
}

function completion(calls: readonly Call[]): Event {
  const message =
    calls.length === 0
      ? { role: 'assistant', content: 'Done.' }
      : { role: 'assistant', content: null, tool_calls: chatCalls(calls) }
  const choice = { index: 0, message, finish_reason: calls.length === 0 ? 'stop' : 'tool_calls', logprobs: null }
  return { ...CHAT, object: 'chat.completion', choices: [choice], usage: USAGE }
}

function completionChunks(calls: readonly Call[]): readonly Event[] {
  const chunk = (delta: Event, finish: string | null = null) => ({
    ...CHAT,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
  })
  return [
    chunk({ role: 'assistant', content: '' }),
    ...(calls.length === 0 ? ['Done.'] : WORDS).map((content) => chunk({ content })),
    ...chatCalls(calls).map((call) => chunk({ tool_calls: [call] })),
    chunk({}, calls.length === 0 ? 'stop' : 'tool_calls'),
    { ...CHAT, object: 'chat.completion.chunk', choices: [], usage: USAGE },
  ]
}

function outputOf(calls: readonly Call[]): readonly Event[] {
  if (calls.length > 0) {
    return calls.map(({ name, args }) => ({
      type: 'function_call',
      id: `fc_${name}`,
      call_id: callId(name),
      name,
      arguments: args,
      status: 'completed',
    }))
  }
  const content = [{ type: 'output_text', text: 'Done.', annotations: [] }]
  return [{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content }]
}

function responseOf(calls: readonly Call[], status: 'completed' | 'in_progress' = 'completed'): Event {
  const usage = {
    input_tokens: 20,
    output_tokens: 8,
    total_tokens: 28,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  }
  return {
    id: 'resp_1',
    object: 'response',
    created_at: CHAT.created,
    model: CHAT.model,
    status,
    output: status === 'completed' ? outputOf(calls) : [],
    tools: [],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    usage: status === 'completed' ? usage : null,
  }
}

function responseEvents(calls: readonly Call[]): readonly Event[] {
  const items = outputOf(calls).flatMap((item, output_index) => [
    { type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress' } },
    ...(item['type'] === 'message'
      ? [{ type: 'response.output_text.delta', item_id: item['id'], output_index, content_index: 0, delta: 'Done.' }]
      : []),
    { type: 'response.output_item.done', output_index, item },
  ])
  const events: readonly Event[] = [
    { type: 'response.created', response: responseOf(calls, 'in_progress') },
    ...items,
    { type: 'response.completed', response: responseOf(calls) },
  ]
  return events.map((event, sequence_number) => ({ ...event, sequence_number }))
}

const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: CHAT.model, stop_sequence: null } as const

function blocksOf(calls: readonly Call[]): readonly Event[] {
  if (calls.length === 0) return [{ type: 'text', text: 'Done.' }]
  return calls.map(({ name, args }) => ({
    type: 'tool_use',
    id: callId(name),
    name,
    input: JSON.parse(args) as object,
  }))
}

function message(calls: readonly Call[]): Event {
  return {
    ...MESSAGE,
    content: blocksOf(calls),
    stop_reason: calls.length === 0 ? 'end_turn' : 'tool_use',
    usage: { input_tokens: 20, output_tokens: 8 },
  }
}

function messageEvents(calls: readonly Call[]): readonly Event[] {
  const whole = message(calls)
  const blocks = blocksOf(calls).flatMap((block, index) => {
    const isText = block['type'] === 'text'
    const empty = isText ? { ...block, text: '' } : { ...block, input: {} }
    const delta = isText
      ? { type: 'text_delta', text: block['text'] }
      : { type: 'input_json_delta', partial_json: JSON.stringify(block['input']) }
    return [
      { type: 'content_block_start', index, content_block: empty },
      { type: 'content_block_delta', index, delta },
      { type: 'content_block_stop', index },
    ]
  })
  return [
    { type: 'message_start', message: { ...whole, content: [], stop_reason: null } },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason: whole['stop_reason'], stop_sequence: null }, usage: whole['usage'] },
    { type: 'message_stop' },
  ]
}

interface GooglePart {
  readonly functionResponse?: { readonly name: string }
}

function googleCalls({ contents: said = [], tools = [] }: Body): readonly Call[] {
  const answered = new Set(said.flatMap(({ parts }) => parts.map((part) => part.functionResponse?.name)))
  const offered = tools.flatMap((tool) => tool.functionDeclarations ?? [])
  return offered.flatMap(({ name }) => (name === undefined || answered.has(name) ? [] : [{ name, args: '{}' }]))
}

function contents(calls: readonly Call[]): Event {
  const parts =
    calls.length === 0 ? [{ text: 'Done.' }] : calls.map(({ name }) => ({ functionCall: { name, args: {} } }))
  return {
    candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 8, totalTokenCount: 28 },
    modelVersion: CHAT.model,
  }
}
