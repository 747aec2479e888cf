import type { Vendor } from './vendor.ts'

/** What the OpenTelemetry conventions, and most who follow them, call things. These keys override a vendor's own. */
export const conventions: Vendor = {
  name: 'opentelemetry',
  defined: [
    'https://github.com/open-telemetry/semantic-conventions/blob/main/docs/registry/attributes/user.md',
    'https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/registry/attributes/gen-ai.md',
  ],
  keys: {
    user: ['user.id', 'enduser.id'],
    userStandIn: ['user.email'],
    agentId: ['gen_ai.agent.id'],
    agentName: ['gen_ai.agent.name'],
    agentVersion: ['gen_ai.agent.version'],
    ownAgentId: ['agent.id'],
    ownAgentName: ['agent.name', 'agent_name'],
    ownAgentVersion: ['agent.version'],
    tool: ['gen_ai.tool.name'],
    ownTool: ['tool.name', 'tool_name'],
    conversation: ['gen_ai.conversation.id', 'gen_ai.thread.id', 'session.id'],
    decidedTool: ['gen_ai.tool.name'],
    toolCall: ['gen_ai.tool.call.id'],
  },
  lateKeys: { userStandIn: ['enduser.pseudo.id', 'user.hash'], conversation: ['conversation.id'] },
  metadata: ['metadata'],
  associations: ['metadata.'],
  toolNameIn: [/execute_tool/u],
}
