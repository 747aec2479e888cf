import type { Vendor } from './vendor.ts'

export const galileo: Vendor = {
  name: 'galileo',
  defined: 'https://github.com/rungalileo/galileo-python',
  lateKeys: { conversation: ['galileo.session.id'] },
}
