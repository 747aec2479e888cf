import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const voltagent: Vendor = {
  name: 'voltagent',
  defined: 'https://github.com/VoltAgent/voltagent',
  marks: [
    { key: 'span.type', onlyWith: { scopes: ['@voltagent/core'], keys: ['entity.type'] }, ...kinds() },
    // An agent run is VoltAgent's only span with a state but no type.
    { key: 'voltagent.operation_id', onlyWith: { keys: ['agent.state'] }, forms: [[/^/u, 'agent']] },
  ],
  keys: { agentFunction: ['entity.name'] },
  lateKeys: { conversation: ['voltagent.conversation_id'] },
}
