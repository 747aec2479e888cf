import type { Vendor } from './vendor.ts'

export const springAi: Vendor = {
  name: 'spring-ai',
  defined: 'https://docs.spring.io/spring-ai/reference/observability/index.html',
  marks: [
    {
      key: 'spring.ai.kind',
      values: { tool_call: 'tool', chat_client: 'workflow', advisor: 'workflow', vector_store: 'retriever' },
      before: {
        key: 'gen_ai.operation.name',
        why: 'Spring AI gives its tools, advisors and clients one operation, and its own key tells them apart.',
      },
    },
  ],
  producer: { systems: ['spring_ai'] },
  keys: { ownTool: ['spring.ai.tool.definition.name'] },
  lateKeys: { conversation: ['spring.ai.chat.client.conversation.id'] },
}
