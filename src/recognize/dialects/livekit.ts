import type { Vendor } from './vendor.ts'

export const livekit: Vendor = {
  name: 'livekit',
  defined: 'https://github.com/livekit/agents',
  names: [
    {
      scopes: ['livekit-agents'],
      forms: [
        [/^agent_turn$/u, 'agent'],
        [/^function_tool$/u, 'tool'],
        [/^llm_request(?:_run)?$/u, 'llm'],
      ],
    },
  ],
  producer: { scopes: ['livekit-agents'] },
  keys: { agentFunction: ['lk.agent_name'], ownTool: ['lk.function_tool.name'] },
  lateKeys: { conversation: ['lk.session_id'] },
  toolNameIn: [/function_tool/u],
}
