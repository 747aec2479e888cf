import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const agntcy: Vendor = {
  name: 'agntcy',
  defined: 'https://github.com/agntcy/observe',
  marks: [{ key: 'ioa_observe.span.kind', ...kinds() }],
  keys: { agentFunction: ['ioa_observe.entity.name'], ownTool: ['ioa_observe.entity.name'] },
  associations: ['ioa_observe.association.properties.'],
  calledAfter: true,
}
