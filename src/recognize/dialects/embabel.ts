import type { Vendor } from './vendor.ts'

/** It writes the conventions' operation, but its own key for the agent. */
export const embabel: Vendor = {
  name: 'embabel',
  defined: 'https://github.com/embabel/embabel-agent/tree/main/embabel-agent-observability',
  producer: { keys: ['embabel.event.type', 'embabel.agent.name'] },
  lateKeys: { agentName: ['embabel.agent.name'] },
}
