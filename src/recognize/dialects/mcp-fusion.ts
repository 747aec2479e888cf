import type { Vendor } from './vendor.ts'

/** Its spans are all calls of a tool, in an MCP server. */
export const mcpFusion: Vendor = {
  name: 'mcp-fusion',
  defined: 'https://github.com/vinkius-labs/mcp-fusion/blob/main/docs/tracing.md',
  marks: [{ key: 'mcp.tool', onlyWith: { scopes: ['mcp-fusion'], keys: ['mcp.system'] }, forms: [[/^/u, 'tool']] }],
  lateKeys: { ownTool: ['mcp.tool'] },
}
