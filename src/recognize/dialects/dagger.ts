import type { Vendor } from './vendor.ts'

export const dagger: Vendor = {
  name: 'dagger',
  defined: 'https://github.com/dagger/otel-go/blob/main/attrs.go',
  marks: [
    { key: 'dagger.io/llm.tool', forms: [[/^/u, 'tool']] },
    { key: 'dagger.io/llm.role', values: { assistant: 'llm' } },
  ],
  lateKeys: { ownTool: ['dagger.io/llm.tool'], mcpServer: ['dagger.io/llm.tool.server'] },
}
