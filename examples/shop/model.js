// In place of a language model, so that the example runs without a key. It knows three sentences.
import { MockLanguageModelV3 } from 'ai/test'

const SENTENCES = [
  ['lookupOrder', /look up (?<orderId>order-\d+)/],
  ['refundOrder', /refund (?<amount>\d+) euros of (?<orderId>order-\d+)/],
  ['deleteOrder', /delete (?<orderId>order-\d+)/],
]

export const model = new MockLanguageModelV3({
  provider: 'stand-in',
  modelId: 'stand-in-1',
  doGenerate: async ({ prompt }) => {
    const last = prompt.at(-1)
    const content = last.role === 'tool' ? said(last.content[0].output.value) : asked(last.content[0].text)
    return { content: [content], finishReason: { unified: reason(content) }, usage, warnings: [] }
  },
})

const usage = { inputTokens: { total: 20 }, outputTokens: { total: 8 } }

const said = (text) => ({ type: 'text', text })

const reason = ({ type }) => (type === 'tool-call' ? 'tool-calls' : 'stop')

function asked(text) {
  for (const [toolName, sentence] of SENTENCES) {
    const found = sentence.exec(text)?.groups
    if (found === undefined) continue
    const input = found.amount === undefined ? found : { ...found, amount: Number(found.amount) }
    return { type: 'tool-call', toolCallId: `call-${toolName}`, toolName, input: JSON.stringify(input) }
  }
  return said('I can look up, refund or delete an order.')
}
