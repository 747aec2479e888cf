import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const nemoAgentToolkit: Vendor = {
  name: 'nemo-agent-toolkit',
  defined: 'https://github.com/NVIDIA/NeMo-Agent-Toolkit',
  marks: [{ key: 'nat.span.kind', ...kinds({ embedder: 'llm' }) }],
  lateKeys: { conversation: ['nat.conversation.id', 'aiq.conversation.id'] },
}
