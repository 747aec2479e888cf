import type { Vendor } from './vendor.ts'

/** Rust's `tracing` names the span after the function, `call_tool`. */
export const apolloMcpServer: Vendor = {
  name: 'apollo-mcp-server',
  defined: 'https://github.com/apollographql/apollo-mcp-server/blob/main/crates/apollo-mcp-server/telemetry.toml',
  marks: [{ key: 'apollo.mcp.tool_name', forms: [[/^/u, 'tool']] }],
  lateKeys: { ownTool: ['apollo.mcp.tool_name'] },
}
