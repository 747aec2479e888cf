import { SpanKind, trace } from '@opentelemetry/api'
import { simulateReadableStream } from 'ai'
import { MockLanguageModelV3 } from 'ai/test'

/** What an app's instrumentation records of a call to another service. */
async function call(name, address) {
  const attributes = { 'server.address': address }
  const span = trace.getTracer('client').startSpan(name, { kind: SpanKind.CLIENT, attributes })
  await new Promise((resolve) => setTimeout(resolve, 2))
  span.end()
  return 'done'
}

export const orders = {
  find: () => call('GET', 'orders.example'),
  deleteOld: () => call('DELETE', 'orders.example'),
}
export const payments = { refund: () => call('POST', 'payments.example') }
export const mail = { send: () => call('POST', 'mail.example') }
export const engine = {
  decide: async () => ({ outcome: 'deny', policy: { id: 'refunds', version: '3' }, reason: 'older than 30 days' }),
}

export const stored = []
export const requests = {
  async insert(request) {
    await call('INSERT', 'requests-db')
    stored.push(JSON.parse(JSON.stringify(request)))
  },
}
export const queue = { add: async (job) => stored.push(JSON.parse(JSON.stringify(job))) }

const usage = { inputTokens: {}, outputTokens: {} }
const textOf = 'It is done.'

/** Calls the one tool that it has, and then says that it is done. */
function nextOf({ prompt, tools }) {
  const isDone = prompt.at(-1).role === 'tool'
  const call = {
    type: 'tool-call',
    toolCallId: 'call-1',
    toolName: tools[0].name,
    input: JSON.stringify({ order: 'order-7' }),
  }
  return { isDone, call, finishReason: { unified: isDone ? 'stop' : 'tool-calls' }, usage }
}

export const model = new MockLanguageModelV3({
  async doGenerate(options) {
    const { isDone, call, finishReason } = nextOf(options)
    return { content: [isDone ? { type: 'text', text: textOf } : call], finishReason, usage, warnings: [] }
  },
  async doStream(options) {
    const { isDone, call, finishReason } = nextOf(options)
    const text = [
      { type: 'text-start', id: '1' },
      { type: 'text-delta', id: '1', delta: textOf },
      { type: 'text-end', id: '1' },
    ]
    const chunks = [...(isDone ? text : [call]), { type: 'finish', finishReason, usage }]
    return { stream: simulateReadableStream({ chunks }) }
  },
})
