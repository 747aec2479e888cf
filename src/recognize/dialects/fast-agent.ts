import type { Vendor } from './vendor.ts'

/** Its tool is called `server/tool`, or `server-tool` in later releases. */
export const fastAgent: Vendor = {
  name: 'fast-agent',
  defined: 'https://github.com/evalstate/fast-agent/blob/main/src/fast_agent/mcp/mcp_aggregator.py',
  names: [{ prefix: 'MCP Tool: ', forms: [[/^\S/u, 'tool']] }],
  toolNameAfter: [/MCP Tool: /u],
}
