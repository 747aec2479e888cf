import type { Vendor } from './vendor.ts'

export const monocle: Vendor = {
  name: 'monocle',
  defined: 'https://github.com/monocle2ai/monocle',
  marks: [
    {
      key: 'span.type',
      onlyWith: { keys: ['monocle_apptrace.version', 'monocle_apptrace.language', 'entity.1.type'] },
      values: {
        workflow: 'workflow',
        retrieval: 'retriever',
        agentic_delegation: 'workflow',
        agentic_invocation: 'agent',
      },
      forms: [
        [/^agentic_(?:request|turn)$/u, 'agent'],
        [/^agentic_(?:tool|mcp)_invocation$/u, 'tool'],
        [/^(?:inference|embedding)/u, 'llm'],
      ],
    },
  ],
  lateKeys: { conversation: ['scope.agentic.session'] },
  entity: { key: 'entity.1.name' },
}
