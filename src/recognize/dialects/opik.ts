import type { Vendor } from './vendor.ts'

export const opik: Vendor = {
  name: 'opik',
  defined: 'https://github.com/comet-ml/opik',
  lateKeys: { user: ['opik.user.id'], conversation: ['opik.thread_id'] },
}
