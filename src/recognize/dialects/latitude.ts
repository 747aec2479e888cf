import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const latitude: Vendor = {
  name: 'latitude',
  defined: 'https://github.com/latitude-dev/latitude-llm',
  // What Latitude calls external is a model call that someone else made.
  marks: [{ key: 'latitude.type', ...kinds({ unresolved_external: 'llm' }) }],
}
