import { PATTERNS } from './kind-words.ts'
import { OPERATIONS } from './operations.ts'
import type { Vendor } from './vendor.ts'

export const sentry: Vendor = {
  name: 'sentry',
  defined: 'https://github.com/getsentry/sentry-conventions',
  marks: [
    // The operation of the conventions, with a prefix, among the operations of everything else that Sentry traces.
    { key: 'sentry.op', prefix: 'gen_ai_', values: OPERATIONS, forms: PATTERNS },
    {
      // From before it followed the conventions: the library is at the end.
      key: 'sentry.op',
      prefix: 'ai_',
      forms: [
        [/^(?:chat_completions|completions|embeddings|messages|responses)_/u, 'llm'],
        [/^(?:pipeline|run)(?:_|$)/u, 'workflow'],
        [/^tool(?:_|$)/u, 'tool'],
        [/^agent(?:_|$)/u, 'agent'],
      ],
    },
  ],
  producer: { keys: ['sentry.op'] },
}
