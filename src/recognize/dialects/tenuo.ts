import type { Vendor } from './vendor.ts'

export const tenuo: Vendor = {
  name: 'tenuo',
  defined: 'https://github.com/tenuo-ai/tenuo',
  names: [{ prefix: 'tenuo.', forms: [[/^authorize$/u, 'guardrail']] }],
  keys: { decidedTool: ['tenuo.tool'] },
  decisions: [
    { key: 'tenuo.decision', of: 'act', trial: { key: 'tenuo.policy.mode', value: 'observe' } },
    { key: 'tenuo.outcome', of: 'act', named: /^tenuo\.authorize$/u },
  ],
}
