import { MockLanguageModelV3, simulateReadableStream } from 'ai/test'

const usage = {
  inputTokens: { total: 20, noCache: 20, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 8, text: 8, reasoning: 0 },
}

const CALLING = { unified: 'tool-calls', raw: undefined } as const
const STOPPED = { unified: 'stop', raw: undefined } as const

export interface Call {
  readonly tool: string
  readonly input?: unknown
}

/** In place of a language model: it calls the tools in one step and says that it is done when it sees a result. */
export function modelCalling(...calls: readonly Call[]): MockLanguageModelV3 {
  return new MockLanguageModelV3({
    provider: 'stand-in',
    modelId: 'stand-in-1',
    doGenerate: async ({ prompt }) => {
      const isDone = calls.length === 0 || prompt.at(-1)?.role === 'tool'
      return {
        content: isDone ? [{ type: 'text', text: 'Done.' }] : calls.map(toolCall),
        finishReason: isDone ? STOPPED : CALLING,
        usage,
        warnings: [],
      }
    },
    doStream: async ({ prompt }) => {
      const isDone = calls.length === 0 || prompt.at(-1)?.role === 'tool'
      return {
        stream: simulateReadableStream({
          initialDelayInMs: null,
          chunkDelayInMs: null,
          chunks: [
            { type: 'stream-start', warnings: [] },
            ...(isDone ? spoken('Done', '.') : calls.map(toolCall)),
            { type: 'finish', finishReason: isDone ? STOPPED : CALLING, usage },
          ],
        }),
      }
    },
  })
}

function toolCall({ tool, input = {} }: Call, index: number) {
  return {
    type: 'tool-call' as const,
    toolCallId: `call-${index + 1}`,
    toolName: tool,
    input: JSON.stringify(input),
  }
}

function spoken(...words: readonly string[]) {
  return [
    { type: 'text-start' as const, id: '1' },
    ...words.map((delta) => ({ type: 'text-delta' as const, id: '1', delta })),
    { type: 'text-end' as const, id: '1' },
  ]
}
