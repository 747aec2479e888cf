import type { Vendor } from './vendor.ts'

export const cagent: Vendor = {
  name: 'cagent',
  defined: 'https://github.com/docker/cagent/blob/main/pkg/runtime/runtime.go',
  marks: [
    {
      // `runtime.tool.call`, before it had operations. Its handler is a span of its own, with the same keys.
      key: 'tool.call_id',
      onlyWith: { keys: ['agent'] },
      unless: { keys: [], named: /^runtime\.tool\.handler/u, operation: /^$/u },
      forms: [[/^/u, 'tool']],
    },
  ],
}
