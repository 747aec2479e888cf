import type { Vendor } from './vendor.ts'

export const autoagents: Vendor = {
  name: 'autoagents',
  defined: 'https://github.com/liquidos-ai/AutoAgents/tree/main/crates/autoagents-telemetry',
  names: [
    {
      prefix: 'autoagents.',
      forms: [
        [/^task$/u, 'agent'],
        [/^turn$/u, 'workflow'],
        [/^tool_call$/u, 'tool'],
      ],
    },
  ],
  entity: { key: 'actor_name' },
}
