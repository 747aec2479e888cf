import type { Vendor } from './vendor.ts'

export const contextforge: Vendor = {
  name: 'contextforge',
  defined: 'https://github.com/IBM/mcp-context-forge/blob/main/mcpgateway/services/tool_service.py',
  marks: [
    {
      key: 'tool.integration_type',
      // The gateway looks a tool up, and calls its server, below the span of the call.
      unless: { keys: [], named: /^tool\.(?:gateway_call|list|lookup)(?:\.|$)/u, operation: /^$/u },
      forms: [[/^/u, 'tool']],
    },
  ],
  lateKeys: { userStandIn: ['contextforge.user.email'], mcpServer: ['tool.gateway_id'] },
}
