import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const deepeval: Vendor = {
  name: 'deepeval',
  defined: 'https://github.com/confident-ai/deepeval',
  marks: [{ key: 'confident.span.type', ...kinds() }],
  lateKeys: {
    user: ['confident.trace.user_id'],
    conversation: ['confident.trace.thread_id', 'confident.trace.thread.id'],
  },
}
