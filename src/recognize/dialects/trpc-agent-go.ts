import type { Vendor } from './vendor.ts'

export const trpcAgentGo: Vendor = {
  name: 'trpc-agent-go',
  defined: 'https://github.com/trpc-group/trpc-agent-go',
  keys: {
    user: ['trpc.go.agent.runner.user_id', 'trpc_go_agent.user.id'],
    conversation: ['trpc.go.agent.runner.session_id'],
  },
}
