import type { Vendor } from './vendor.ts'

export const langtrace: Vendor = {
  name: 'langtrace',
  defined: 'https://github.com/Scale3-Labs/langtrace-trace-attributes',
  marks: [{ key: 'langtrace.service.type', values: { llm: 'llm', framework: 'workflow', vectordb: 'retriever' } }],
}
