import type { Vendor } from './vendor.ts'

export const bifrost: Vendor = {
  name: 'bifrost',
  defined: 'https://github.com/maximhq/bifrost/blob/main/core/schemas/trace.go',
  lateKeys: { user: ['bifrost.user.id'], userStandIn: ['bifrost.user.email'] },
}
