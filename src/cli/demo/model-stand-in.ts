import { MockLanguageModelV3 } from 'ai/test'
import { MAIL } from './scenario.ts'

/** Replaces a language model: it calls the mail tool once, and says it is done when it sees the result. */
export function modelStandIn(): MockLanguageModelV3 {
  return new MockLanguageModelV3({
    provider: 'stand-in',
    modelId: 'stand-in-1',
    doGenerate: async ({ prompt }) => (prompt.at(-1)?.role === 'tool' ? done() : mailCall()),
  })
}

const usage = {
  inputTokens: { total: 20, noCache: 20, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 8, text: 8, reasoning: 0 },
}

function mailCall() {
  return {
    content: [{ type: 'tool-call' as const, toolCallId: 'call-1', toolName: 'sendMail', input: JSON.stringify(MAIL) }],
    finishReason: { unified: 'tool-calls' as const, raw: undefined },
    usage,
    warnings: [],
  }
}

function done() {
  return {
    content: [{ type: 'text' as const, text: 'The report is on its way.' }],
    finishReason: { unified: 'stop' as const, raw: undefined },
    usage,
    warnings: [],
  }
}
