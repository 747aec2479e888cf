import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const ag2: Vendor = {
  name: 'ag2',
  defined: 'https://github.com/ag2ai/ag2',
  marks: [
    {
      key: 'ag2.span.type',
      ...kinds({ conversation: 'workflow', multi_conversation: 'workflow', speaker_selection: 'workflow' }),
    },
  ],
  producer: { keys: ['ag2.span.type'] },
}
