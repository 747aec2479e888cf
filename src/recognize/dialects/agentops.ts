import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const agentops: Vendor = {
  name: 'agentops',
  defined: 'https://github.com/AgentOps-AI/agentops',
  marks: [
    { key: 'agentops.span.kind', ...kinds({ operation: 'workflow', team: 'workflow' }) },
    // On the spans of its model instrumentations, which have no kind.
    { key: 'gen_ai.request.type', ...kinds({ response: 'llm' }) },
  ],
  keys: { agentFunction: ['agentops.entity.name'], ownTool: ['agentops.entity.name'] },
  lateKeys: { conversation: ['agentops.session.id'] },
  calledAfter: true,
}
