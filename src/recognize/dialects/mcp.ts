import { VENDORS } from './index.ts'

/** By scope, the key of the kind that an MCP instrumentation writes instead of a method. */
export const MCP_KIND_KEYS: ReadonlyMap<string, string> = new Map(
  VENDORS.flatMap(({ mcp }) => mcp?.scopes.map((scope) => [scope, mcp.kindKey] as const) ?? []),
)

/** `tools/call`, also in the spellings of those who write the function or add the tool: `call_tool`, `tools/call/mail`. */
export const MCP_CALL = /^\s*(?:tools[./_]call|call_?tool)(?:[/:\s].*)?$/iu
