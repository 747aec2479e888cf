import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const trulens: Vendor = {
  name: 'trulens',
  defined: 'https://github.com/truera/trulens',
  marks: ['ai.observability.span_type', 'trulens.span_type'].map((key) => ({
    key,
    ...kinds({ record_root: 'workflow', agent_invocation: 'agent', eval: 'guardrail', eval_root: 'guardrail' }),
  })),
}
