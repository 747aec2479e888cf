import type { Vendor } from './vendor.ts'

export const embabel: Vendor = {
  name: 'embabel',
  defined: 'https://github.com/embabel/embabel-agent',
  marks: [
    {
      key: 'embabel.event.type',
      values: {
        agent_process: 'agent',
        tool_call: 'tool',
        llm_call: 'llm',
        tool_loop: 'workflow',
        action: 'workflow',
      },
    },
  ],
  producer: { keys: ['embabel.event.type', 'embabel.agent.name'] },
  keys: { agentName: ['embabel.agent.name'], ownTool: ['embabel.tool.name'] },
}
