import type { Vendor } from './vendor.ts'

export const mastra: Vendor = {
  name: 'mastra',
  defined: 'https://github.com/mastra-ai/mastra',
  marks: [
    {
      key: 'mastra.span.type',
      values: { model_generation: 'llm', model_inference: 'llm', llm_generation: 'llm' },
      forms: [
        [/_chunk$/u, undefined],
        [/^agent_run$/u, 'agent'],
        [/tool_call$/u, 'tool'],
        [/embedding$/u, 'llm'],
        [/^workflow_|_step$/u, 'workflow'],
      ],
    },
  ],
  names: [
    {
      // Mastra's bridge marks and renames its spans only when they end, but tools run in them before that.
      scopes: ['@mastra/otel-bridge'],
      forms: [
        [/^agent run: /u, 'agent'],
        [/^(?:mcp_|client_|provider_)?tool: /u, 'tool'],
        [/^llm: /u, 'llm'],
        [/^(?:workflow run|workflow step|step): /u, 'workflow'],
      ],
    },
  ],
  producer: { scopes: ['@mastra/otel-exporter'], keys: ['mastra.span.type'] },
  keys: { mcpServer: ['mastra.mcp_tool_call.server_name'] },
  associations: ['mastra.metadata.'],
  toolNameAfter: [/(?:mcp_|client_|provider_)?tool(?: call)?:\s*/u],
}
