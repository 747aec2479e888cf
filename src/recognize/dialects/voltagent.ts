import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const voltagent: Vendor = {
  name: 'voltagent',
  defined: 'https://github.com/VoltAgent/voltagent',
  marks: [
    { key: 'span.type', onlyWith: { scopes: ['@voltagent/core'], keys: ['entity.type'] }, ...kinds() },
    // The run of an agent is the only span of VoltAgent that has a state and no type.
    { key: 'voltagent.operation_id', onlyWith: { keys: ['agent.state'] }, forms: [[/^/u, 'agent']] },
  ],
  keys: { agentFunction: ['entity.name'] },
  lateKeys: { conversation: ['voltagent.conversation_id'] },
}
