import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const langwatch: Vendor = {
  name: 'langwatch',
  defined: 'https://github.com/langwatch/langwatch',
  marks: [{ key: 'langwatch.span.type', ...kinds({ rag: 'retriever', module: 'workflow', component: 'workflow' }) }],
  keys: { user: ['langwatch.user.id'], conversation: ['langwatch.thread.id'] },
  metadata: ['langwatch.metadata'],
  calledAfter: true,
}
