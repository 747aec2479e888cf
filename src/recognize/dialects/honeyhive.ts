import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const honeyhive: Vendor = {
  name: 'honeyhive',
  defined: 'https://github.com/honeyhiveai/semantic-conventions',
  marks: [{ key: 'honeyhive_event_type', ...kinds({ model: 'llm' }) }],
  lateKeys: { conversation: ['honeyhive.session_id'] },
}
