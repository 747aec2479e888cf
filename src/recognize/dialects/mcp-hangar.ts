import type { Vendor } from './vendor.ts'

export const mcpHangar: Vendor = {
  name: 'mcp-hangar',
  defined: 'https://github.com/mcp-hangar/mcp-hangar',
  // Among its spans, only that of a call has a timeout.
  marks: [{ key: 'mcp.tool.name', onlyWith: { keys: ['mcp_server.timeout'] }, forms: [[/^/u, 'tool']] }],
  keys: { mcpServer: ['mcp.server.id'] },
}
