import type { Vendor } from './vendor.ts'

export const openclaw: Vendor = {
  name: 'openclaw',
  defined: 'https://github.com/openclaw/openclaw/blob/main/docs/gateway/opentelemetry.md',
  names: [
    {
      prefix: 'openclaw.',
      forms: [
        // Its own harness opens no run, and the others open one around theirs.
        [/^(?:harness\.)?run$/u, 'agent'],
        [/^model\.call$/u, 'llm'],
        [/^tool\.execution$/u, 'tool'],
      ],
    },
  ],
  keys: { ownAgentName: ['openclaw.agent'], ownTool: ['openclaw.toolName'] },
  // Only its newer versions state which agent it is.
  agentNameIn: {
    programs: [{ name: 'openclaw', named: /^openclaw\.(?:harness\.)?run$/u, scope: /^openclaw$/u }],
  },
  // A blocked tool has the same span as one that ran.
  decisions: [{ key: 'openclaw.outcome', of: 'act', named: /^openclaw\.tool\.execution$/u, enforced: 'always' }],
}
