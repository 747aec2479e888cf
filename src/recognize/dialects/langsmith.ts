import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const langsmith: Vendor = {
  name: 'langsmith',
  defined: 'https://github.com/langchain-ai/langsmith-sdk',
  marks: [
    {
      key: 'langsmith.span.kind',
      values: { retriever: 'retriever', prompt: 'workflow' },
      before: {
        key: 'gen_ai.operation.name',
        why: 'LangSmith knows no operation for a retriever or a prompt, and writes that of an embedding or a chat.',
      },
    },
    { key: 'langsmith.span.kind', ...kinds({ parser: 'workflow' }) },
    // A traced function is a chain until its kind is known, which is only at its end.
    { key: 'langsmith.traceable', values: { true: 'workflow' } },
  ],
  producer: { scopes: ['langsmith'] },
  associations: ['langsmith.metadata.'],
  calledAfter: true,
}
