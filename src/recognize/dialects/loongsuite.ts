import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

/** Alibaba's ARMS and LoongSuite. Dify, Future AGI and others use the same key. */
export const loongsuite: Vendor = {
  name: 'otel-genai',
  defined: 'https://github.com/alibaba/loongsuite-semantic-conventions',
  marks: [{ key: 'gen_ai.span.kind', ...kinds({ entry: 'workflow', vector_db: 'retriever' }) }],
  isShared: true,
}
