import type { Vendor } from './vendor.ts'

export const braintrust: Vendor = {
  name: 'braintrust',
  defined: 'https://github.com/braintrustdata/braintrust-sdk',
  marks: [
    {
      key: 'braintrust.span_attributes',
      member: 'type',
      values: { llm: 'llm', tool: 'tool', task: 'workflow', score: 'guardrail' },
    },
    {
      key: 'braintrust.span_attributes.type',
      values: { llm: 'llm', tool: 'tool', task: 'workflow', score: 'guardrail' },
    },
  ],
  calledAfter: true,
}
