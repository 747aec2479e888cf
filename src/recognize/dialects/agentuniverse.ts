import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const agentuniverse: Vendor = {
  name: 'agentuniverse',
  defined: 'https://github.com/agentuniverse-ai/agentUniverse',
  marks: [{ key: 'au.span.kind', ...kinds() }],
}
