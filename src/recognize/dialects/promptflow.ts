import type { Vendor } from './vendor.ts'

export const promptflow: Vendor = {
  name: 'promptflow',
  defined: 'https://github.com/microsoft/promptflow',
  marks: [
    {
      key: 'span_type',
      onlyWith: { scopes: ['promptflow'], keys: ['framework'] },
      values: {
        flow: 'workflow',
        lang_chain: 'workflow',
        tool: 'tool',
        llm: 'llm',
        embedding: 'llm',
        retrieval: 'retriever',
      },
    },
  ],
  calledAfter: true,
}
