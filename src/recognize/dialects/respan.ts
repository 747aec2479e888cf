import { kinds } from './kind-words.ts'
import { LITELLM_CALLS } from './operations.ts'
import type { Vendor } from './vendor.ts'

export const respan: Vendor = {
  name: 'respan',
  defined: 'https://github.com/respanai/respan',
  marks: [{ key: 'respan.entity.log_type', ...kinds({ response: 'llm', ...LITELLM_CALLS }) }],
  lateKeys: {
    user: ['respan.customer_params.customer_identifier'],
    conversation: ['respan.threads.thread_identifier', 'respan.sessions.session_identifier'],
  },
}
