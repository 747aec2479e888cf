import { MockLanguageModelV3, simulateReadableStream } from 'ai/test'

const usage = {
  inputTokens: { total: 20, noCache: 20, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 8, text: 8, reasoning: 0 },
}

export interface Call {
  readonly tool: string
  readonly input?: unknown
}

/** In place of a language model: it calls these tools at once and says that it is done when it sees a result. */
export function modelCalling(...calls: readonly Call[]): MockLanguageModelV3 {
  return modelInSteps(calls)
}

/**
 * Calls the tools of one step after another and then says that it is done. When it streams it talks before it calls,
 * so that the tools run in the midst of the stream.
 */
export function modelInSteps(...steps: readonly (readonly Call[])[]): MockLanguageModelV3 {
  const callsAfter = (prompt: readonly { readonly role: string }[]) =>
    steps[prompt.filter(({ role }) => role === 'assistant').length] ?? []
  return new MockLanguageModelV3({
    provider: 'stand-in',
    modelId: 'stand-in-1',
    doGenerate: async ({ prompt }) => {
      const calls = callsAfter(prompt)
      return {
        content: calls.length === 0 ? [{ type: 'text', text: 'Done.' }] : calls.map(toolCall),
        finishReason: reasonAfter(calls),
        usage,
        warnings: [],
      }
    },
    doStream: async ({ prompt }) => {
      const calls = callsAfter(prompt)
      return {
        stream: simulateReadableStream({
          initialDelayInMs: null,
          chunkDelayInMs: null,
          chunks: [
            { type: 'stream-start', warnings: [] },
            ...spoken(calls.length === 0 ? ['Done.'] : Array.from({ length: 40 }, (_, index) => `word ${index} `)),
            ...calls.map(toolCall),
            { type: 'finish', finishReason: reasonAfter(calls), usage },
          ],
        }),
      }
    },
  })
}

function reasonAfter(calls: readonly Call[]) {
  return { unified: calls.length === 0 ? ('stop' as const) : ('tool-calls' as const), raw: undefined }
}

function toolCall({ tool, input = {} }: Call, index: number) {
  return {
    type: 'tool-call' as const,
    toolCallId: `${tool}-${index + 1}`,
    toolName: tool,
    input: JSON.stringify(input),
  }
}

function spoken(words: readonly string[]) {
  return [
    { type: 'text-start' as const, id: '1' },
    ...words.map((delta) => ({ type: 'text-delta' as const, id: '1', delta })),
    { type: 'text-end' as const, id: '1' },
  ]
}
