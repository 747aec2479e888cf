import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const orq: Vendor = {
  name: 'orq',
  defined: 'https://github.com/orq-ai/orq-python',
  marks: [{ key: 'orq.span.kind', ...kinds() }],
}
