import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const netra: Vendor = {
  name: 'netra',
  defined: 'https://github.com/KeyValueSoftwareSystems/netra-sdk-py',
  marks: [{ key: 'netra.span.type', ...kinds() }],
  lateKeys: { user: ['netra.user_id'], conversation: ['netra.session_id'] },
}
