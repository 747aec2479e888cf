import type { Vendor } from './vendor.ts'

export const msAgentFramework: Vendor = {
  name: 'ms-agent-framework',
  defined: 'https://github.com/microsoft/agent-framework',
  names: [
    {
      scopes: ['agent_framework', 'Microsoft.Agents.AI.Workflows', 'Experimental.Microsoft.Agents.AI.Workflows'],
      systems: ['microsoft.agent_framework'],
      forms: [[/^(?:workflow[._](?:run|invoke)|executor\.process)\b/u, 'workflow']],
    },
  ],
  producer: {
    scopes: ['agent_framework'],
    scopePrefixes: ['Experimental.Microsoft.Agents.AI', 'Microsoft.Agents.AI'],
    systems: ['microsoft.agent_framework'],
  },
}
