import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const traceroot: Vendor = {
  name: 'traceroot',
  defined: 'https://github.com/traceroot-ai/traceroot-py',
  marks: [{ key: 'traceroot.span.type', ...kinds() }],
}
