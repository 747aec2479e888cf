import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const weave: Vendor = {
  name: 'weave',
  defined: 'https://github.com/wandb/weave',
  marks: [{ key: 'weave.span.kind', ...kinds() }],
  lateKeys: { conversation: ['wandb.thread_id'] },
  calledAfter: true,
}
