import { AROUND_CALLS } from './around-calls.ts'
import type { Vendor } from './vendor.ts'

export const mcpSemconv: Vendor = {
  name: 'mcp-semconv',
  defined: 'https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md',
  marks: [
    { key: 'mcp.method.name', forms: [[/^(?:tools_call|call_tool)(?:_|$)/u, 'tool']] },
    {
      // MCP over the JSON-RPC conventions, as Logfire writes it.
      key: 'rpc.method',
      onlyWith: {
        keys: [
          'rpc.jsonrpc.version',
          'rpc.jsonrpc.request_id',
          'jsonrpc.protocol.version',
          'jsonrpc.request.id',
          'mcp.session.id',
          'mcp.tool.name',
          'gen_ai.tool.name',
        ],
      },
      values: { tools_call: 'tool' },
    },
    {
      // Gateways and servers that name the tool but no method.
      key: 'mcp.tool.name',
      unless: {
        keys: [
          'http.request.method',
          'http.method',
          'feature_flag.key',
          'db.system.name',
          'db.system',
          'messaging.system',
          'gen_ai.request.model',
        ],
        named: AROUND_CALLS,
        operation: /^$/u,
      },
      forms: [[/^/u, 'tool']],
      last: 'The name of a span says more.',
    },
  ],
  producer: { keys: ['mcp.method.name'] },
  keys: { ownTool: ['mcp.tool.name'], mcpServer: ['mcp.server.name'] },
  // A connection is the last resort for a conversation.
  lastKeys: { conversation: ['mcp.session.id'] },
  toolNameIn: [/tools\/call/u],
}
