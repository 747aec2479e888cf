import type { Vendor } from './vendor.ts'

export const langdb: Vendor = {
  name: 'langdb',
  defined: 'https://github.com/langdb/ai-gateway',
  lateKeys: { conversation: ['langdb.thread_id'] },
}
