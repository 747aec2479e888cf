import type { IncomingMessage, ServerResponse } from 'node:http'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'

/**
 * In place of OpenAI: it speaks chat completions and responses, whole and streamed. It calls every tool that it is
 * offered at once, and says that it is done when it sees a result. When it streams it talks before it calls.
 */
export function startModel(): Promise<Loopback> {
  return loopback((request, response) => {
    bodyOf(request).then((body) => answer(request.url ?? '', body, response), response.destroy.bind(response))
  })
}

interface Body {
  readonly stream?: boolean
  readonly messages?: readonly { readonly role: string }[]
  readonly input?: string | readonly { readonly type?: string }[]
  readonly tools?: readonly { readonly name?: string; readonly function?: { readonly name: string } }[]
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
  } else {
    response.writeHead(404).end('{"error":{"message":"this model stand-in knows no such path"}}')
  }
}

/** The names of the tools to call; none when a result is there. */
function callsFor({ messages = [], input = [], tools = [] }: Body): readonly string[] {
  const hasResult =
    messages.some(({ role }) => role === 'tool') ||
    (Array.isArray(input) && input.some(({ type }) => type === 'function_call_output'))
  return hasResult ? [] : tools.flatMap((tool) => tool.function?.name ?? tool.name ?? [])
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

function chatCalls(calls: readonly string[]) {
  return calls.map((name, index) => ({
    id: `call_${name}`,
    type: 'function',
    function: { name, arguments: '{}' },
    index,
  }))
}

function completion(calls: readonly string[]): Event {
  const message =
    calls.length === 0
      ? { role: 'assistant', content: 'Done.' }
      : { role: 'assistant', content: null, tool_calls: chatCalls(calls) }
  const choice = { index: 0, message, finish_reason: calls.length === 0 ? 'stop' : 'tool_calls', logprobs: null }
  return { ...CHAT, object: 'chat.completion', choices: [choice], usage: USAGE }
}

function completionChunks(calls: readonly string[]): readonly Event[] {
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

function outputOf(calls: readonly string[]): readonly Event[] {
  if (calls.length > 0) {
    return calls.map((name) => ({
      type: 'function_call',
      id: `fc_${name}`,
      call_id: `call_${name}`,
      name,
      arguments: '{}',
      status: 'completed',
    }))
  }
  const content = [{ type: 'output_text', text: 'Done.', annotations: [] }]
  return [{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content }]
}

function responseOf(calls: readonly string[], status: 'completed' | 'in_progress' = 'completed'): Event {
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

function responseEvents(calls: readonly string[]): readonly Event[] {
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
