import type { Vendor } from './vendor.ts'

export const toolhive: Vendor = {
  name: 'toolhive',
  defined: 'https://github.com/stacklok/toolhive/blob/main/pkg/telemetry/middleware.go',
  marks: [
    {
      // Before it followed the conventions, it named the method like this.
      key: 'mcp.method',
      onlyWith: { keys: ['mcp.tool.name', 'mcp.request.id'], scopes: ['github.com/stacklok/toolhive/pkg/telemetry'] },
      values: { tools_call: 'tool' },
    },
  ],
}
