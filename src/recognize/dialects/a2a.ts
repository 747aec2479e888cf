import type { Vendor } from './vendor.ts'

export const a2a: Vendor = {
  name: 'a2a',
  defined: 'https://github.com/a2aproject/A2A',
  lastKeys: { conversation: ['a2a.context_id'] },
}
