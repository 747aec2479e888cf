import type { Vendor } from './vendor.ts'

export const googleAdk: Vendor = {
  name: 'google-adk',
  defined: 'https://github.com/google/adk-python',
  names: [
    {
      scopes: ['gcp.vertex.agent'],
      systems: ['gcp.vertex.agent'],
      forms: [
        [/^invocation$/u, 'workflow'],
        [/^call_llm$/u, 'llm'],
        [/^(?:execute_tool|tool_call)\b/u, 'tool'],
        [/^(?:agent_run|invoke_agent)\b/u, 'agent'],
      ],
    },
  ],
  producer: { scopes: ['gcp.vertex.agent'], systems: ['gcp.vertex.agent'] },
  lateKeys: { user: ['adk.user_id'], conversation: ['gcp.vertex.agent.session_id'] },
}
