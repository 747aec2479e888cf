import type { Vendor } from './vendor.ts'

export const vercelAi: Vendor = {
  name: 'vercel-ai',
  defined: 'https://ai-sdk.dev/docs/ai-sdk-core/telemetry',
  marks: [
    {
      key: 'ai.operationId',
      forms: [
        [/^(?:ai_)?tool_call$/u, 'tool'],
        [/^(?:ai_)?(?:generate|stream)_(?:text|object)$/u, 'agent'],
        [/rerank$/u, 'retriever'],
        [/_do_[a-z_]+$/u, 'llm'],
        [/^(?:ai_)?(?:embed|generate|speech|stream|transcribe)/u, 'llm'],
      ],
    },
  ],
  producer: { scopes: ['ai'], keys: ['ai.operationId'] },
  keys: {
    agentFunction: ['ai.telemetry.metadata.agent', 'ai.telemetry.metadata.agentName', 'ai.telemetry.functionId'],
    tool: ['ai.toolCall.name'],
    toolCall: ['ai.toolCall.id'],
  },
  metadata: ['ai.telemetry.metadata'],
  associations: ['ai.settings.context.', 'ai.telemetry.metadata.'],
  toolNameIn: [/ai\.toolCall/u],
}
