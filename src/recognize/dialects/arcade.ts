import type { Vendor } from './vendor.ts'

/** Arcade's workers run the tools of a toolkit. */
export const arcade: Vendor = {
  name: 'arcade',
  defined: 'https://github.com/ArcadeAI/arcade-mcp/tree/main/libs/arcade-serve',
  marks: [{ key: 'toolkit_name', onlyWith: { keys: ['tool_name'] }, forms: [[/^/u, 'tool']] }],
}
