import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const laminar: Vendor = {
  name: 'laminar',
  defined: 'https://github.com/lmnr-ai/lmnr-python',
  marks: [{ key: 'lmnr.span.type', ...kinds({ executor: 'workflow' }) }],
  associations: ['lmnr.association.properties.'],
  calledAfter: true,
}
