import type { Vendor } from './vendor.ts'

export const autogen: Vendor = {
  name: 'autogen',
  defined: 'https://github.com/microsoft/autogen',
  producer: { scopePrefixes: ['autogen'] },
}
