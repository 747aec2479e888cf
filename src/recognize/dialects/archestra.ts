import type { Vendor } from './vendor.ts'

export const archestra: Vendor = {
  name: 'archestra',
  defined: 'https://github.com/archestra-ai/archestra/tree/main/platform/backend/src/observability/tracing',
  lateKeys: { user: ['archestra.user.id'], userStandIn: ['archestra.user.email'] },
}
