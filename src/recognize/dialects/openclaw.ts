import type { Vendor } from './vendor.ts'

export const openclaw: Vendor = {
  name: 'openclaw',
  defined: 'https://docs.openclaw.ai/gateway/opentelemetry',
  names: [
    {
      prefix: 'openclaw.',
      forms: [
        [/^(?:harness\.)?run$/u, 'agent'],
        [/^tool\.execution$/u, 'tool'],
        [/^model\.call$/u, 'llm'],
      ],
    },
  ],
  lateKeys: { ownAgentName: ['openclaw.agent'], ownTool: ['openclaw.toolName'] },
  agentNameIn: { programs: [{ name: 'openclaw', named: /^openclaw\./u, scope: /openclaw/u }] },
}
