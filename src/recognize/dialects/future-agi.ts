import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const futureAgi: Vendor = {
  name: 'future-agi',
  defined: 'https://github.com/future-agi/traceAI',
  marks: [{ key: 'fi.span.kind', ...kinds({ vector_db: 'retriever' }) }],
}
