import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const openinference: Vendor = {
  name: 'openinference',
  defined: 'https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md',
  marks: [{ key: 'openinference.span.kind', ...kinds() }],
  producer: { scopePrefixes: ['@arizeai/openinference', 'openinference.'] },
  // Next to its kind, `agent.name` means an agent on any span.
  agentNameBeside: ['openinference.span.kind'],
  calledAfter: true,
}
