import type { Vendor } from './vendor.ts'

export const fastmcp: Vendor = {
  name: 'fastmcp',
  defined: 'https://github.com/jlowin/fastmcp',
  keys: { mcpServer: ['fastmcp.server.name'] },
}
