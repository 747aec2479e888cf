import type { Vendor } from './vendor.ts'

export const mcpSemconv: Vendor = {
  name: 'mcp-semconv',
  defined: 'https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md',
  marks: [
    { key: 'mcp.method.name', values: { tools_call: 'tool' } },
    {
      // MCP over the JSON-RPC conventions, as Logfire writes it.
      key: 'rpc.method',
      onlyWith: {
        keys: ['rpc.jsonrpc.version', 'rpc.jsonrpc.request_id', 'jsonrpc.protocol.version', 'jsonrpc.request.id'],
      },
      values: { tools_call: 'tool' },
    },
  ],
  producer: { keys: ['mcp.method.name'] },
  keys: { ownTool: ['mcp.tool.name'], mcpServer: ['mcp.server.name'] },
  // A connection is the last resort for a conversation.
  lastKeys: { conversation: ['mcp.session.id'] },
  toolNameIn: [/tools\/call/u],
}
