import type { Vendor } from './vendor.ts'

/** It follows the conventions, except for the server that it routes a call to. */
export const kuadrantMcpGateway: Vendor = {
  name: 'kuadrant-mcp-gateway',
  defined: 'https://github.com/Kuadrant/mcp-gateway/blob/main/docs/guides/opentelemetry.md',
  lateKeys: { mcpServer: ['mcp.server'] },
}
