import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const fiddler: Vendor = {
  name: 'fiddler',
  defined: { unknown: 'Its keys are in Fiddler packages that have no public repository.' },
  marks: [{ key: 'fiddler.span.type', ...kinds() }],
}
