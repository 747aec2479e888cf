import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const basalt: Vendor = {
  name: 'basalt',
  defined: 'https://github.com/basalt-ai/basalt-python',
  marks: [{ key: 'basalt.span.kind', ...kinds() }],
  lateKeys: { user: ['basalt.user.id'], conversation: ['basalt.session.id'] },
}
