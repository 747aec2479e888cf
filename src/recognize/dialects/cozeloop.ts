import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const cozeloop: Vendor = {
  name: 'cozeloop',
  defined: 'https://github.com/coze-dev/cozeloop-python',
  marks: [{ key: 'cozeloop.span_type', ...kinds({ model: 'llm', llmcall: 'llm', plugin: 'tool' }) }],
}
