import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const agentscope: Vendor = {
  name: 'agentscope',
  defined: 'https://github.com/agentscope-ai/agentscope',
  // From before it followed the conventions. Elsewhere, the key says which side of a call a span is on.
  marks: [{ key: 'span.kind', onlyWith: { keys: ['project.run_id'] }, ...kinds() }],
}
