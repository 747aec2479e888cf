import type { Vendor } from './vendor.ts'

export const genkit: Vendor = {
  name: 'genkit',
  defined: 'https://github.com/firebase/genkit',
  marks: [
    {
      key: 'genkit:metadata:subtype',
      values: {
        agent: 'agent',
        tool: 'tool',
        model: 'llm',
        background_model: 'llm',
        embedder: 'llm',
        flow: 'workflow',
        session_flow: 'workflow',
        retriever: 'retriever',
        reranker: 'retriever',
        evaluator: 'guardrail',
      },
      forms: [
        [/^tool_/u, 'tool'],
        [/prompt$/u, 'workflow'],
      ],
    },
    {
      key: 'genkit:type',
      values: { prompt_template: 'workflow', dotprompt: 'workflow', flow: 'workflow', flow_step: 'workflow' },
    },
  ],
  producer: { scopes: ['genkit-tracer'] },
  keys: { agentFunction: ['genkit:name'], ownTool: ['genkit:name'] },
  lateKeys: { conversation: ['genkit:sessionId'] },
  calledAfter: true,
}
