import type { Vendor } from './vendor.ts'

/** Rust's `tracing` names a span after the function. Newer releases also follow the conventions. */
export const goose: Vendor = {
  name: 'goose',
  defined: 'https://github.com/block/goose/blob/main/crates/goose/src/agents/agent.rs',
  names: [
    {
      scopes: ['goose'],
      forms: [
        [/^reply(?:_internal)?$/u, 'agent'],
        [/^dispatch_tool_call$/u, 'tool'],
        [/^(?:complete(?:_with_model|_fast)?|stream(?:_from_single_message)?)$/u, 'llm'],
      ],
    },
  ],
  producer: { scopes: ['goose'] },
  // A call is written as `{"tool": ..., "arguments": ...}`.
  entity: { key: 'input', member: 'tool', kind: 'tool' },
  agentNameIn: { programs: [{ name: 'goose', scope: /^goose$/u }] },
  noToolNames: ['dispatch_tool_call'],
}
