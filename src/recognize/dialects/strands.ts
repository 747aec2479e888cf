import type { Vendor } from './vendor.ts'

export const strands: Vendor = {
  name: 'strands',
  defined: 'https://github.com/strands-agents/sdk-python',
  names: [
    {
      // From before it followed the conventions.
      scopes: ['strands.telemetry.tracer', 'strands-agents'],
      systems: ['strands-agents'],
      forms: [
        [/^Model invoke$/u, 'llm'],
        [/^Tool: /u, 'tool'],
      ],
    },
  ],
  producer: { scopes: ['strands-agents', 'strands.telemetry.tracer'], systems: ['strands-agents'] },
}
