import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const fiddler: Vendor = {
  name: 'fiddler',
  defined: { unknown: 'Its keys stand in packages of Fiddler that no public repository holds.' },
  marks: [{ key: 'fiddler.span.type', ...kinds() }],
}
