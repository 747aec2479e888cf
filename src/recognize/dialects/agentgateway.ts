import type { Vendor } from './vendor.ts'

/**
 * Its releases name a tool in three ways: beside its target, as a resource, and by the conventions. The subject of the
 * token that it checked (`jwt.sub`) may be a workload, so it isn't a user.
 */
export const agentgateway: Vendor = {
  name: 'agentgateway',
  defined: 'https://github.com/agentgateway/agentgateway/blob/main/crates/agentgateway/src/telemetry/log.rs',
  marks: [
    {
      key: 'mcp.tool.name',
      onlyWith: { scopes: ['agentgateway'], keys: ['mcp.tool.target'] },
      forms: [[/^/u, 'tool']],
    },
    { key: 'mcp.method', onlyWith: { scopes: ['agentgateway'], keys: ['mcp.target'] }, values: { tools_call: 'tool' } },
  ],
  keys: { mcpServer: ['mcp.tool.target', 'mcp.target'] },
  lateKeys: { ownTool: ['mcp.resource.name'] },
}
