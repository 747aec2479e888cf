import type { Vendor } from './vendor.ts'

export const openlit: Vendor = {
  name: 'openlit',
  defined: 'https://github.com/openlit/openlit',
  producer: { scopePrefixes: ['openlit'] },
  keys: { userStandIn: ['gen_ai.request.user'] },
}
