import type { Vendor } from './vendor.ts'

export const dockerMcpGateway: Vendor = {
  name: 'docker-mcp-gateway',
  defined: 'https://github.com/docker/mcp-gateway/blob/main/pkg/telemetry/telemetry.go',
  marks: [{ key: 'mcp.tool.name', onlyWith: { scopes: ['github.com/docker/mcp-gateway'] }, forms: [[/^/u, 'tool']] }],
  lateKeys: { mcpServer: ['mcp.server.origin'] },
}
