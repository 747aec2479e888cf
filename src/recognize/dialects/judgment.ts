import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const judgment: Vendor = {
  name: 'judgment',
  defined: 'https://github.com/JudgmentLabs/judgeval',
  marks: [{ key: 'judgment.span_kind', ...kinds() }],
  lateKeys: { conversation: ['judgment.session_id'] },
}
