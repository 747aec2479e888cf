import type { Vendor } from './vendor.ts'

export const logfire: Vendor = {
  name: 'pydantic-logfire',
  defined: 'https://github.com/pydantic/logfire',
  marks: [
    {
      // Logfire names its spans with templates. Those of its OpenAI, agent and MCP instrumentations are known.
      key: 'logfire.msg_template',
      onlyWith: {
        keys: [
          'gen_ai.system',
          'gen_ai.provider.name',
          'gen_ai.request.model',
          'request_data',
          'sdk_span_type',
          'request',
        ],
        scopes: ['logfire.openai_agents', 'logfire.openai', 'logfire.anthropic', 'logfire.mcp'],
      },
      forms: [
        [/^mcp_(?:request|server_handle_request)_tools_call(?:_|$)/u, 'tool'],
        [/^agent_run_name/u, 'agent'],
        [/^function_name$/u, 'tool'],
        [/^(?:chat_completion|completion|responses_api|message|embedding_creation|image_generation)_with_/u, 'llm'],
        [/^(?:open_?ai_agents_trace|task|turn_turn_for_agent|handoff)_/u, 'workflow'],
        [/^guardrail_/u, 'guardrail'],
      ],
    },
  ],
  names: [
    {
      // Its first instrumentation of the Claude Agent SDK. Later ones have operations.
      scopes: ['logfire.claude_agent_sdk'],
      forms: [
        [/^claude\.conversation$/u, 'agent'],
        [/^claude\.assistant\.turn$/u, 'llm'],
      ],
    },
  ],
  producer: { scopePrefixes: ['logfire'] },
  entity: { key: 'name', beside: 'logfire.msg_template' },
  // A record that Logfire keeps as a span has the attributes of the call that it describes.
  ignores: [{ key: 'logfire.span_type', values: ['log', 'pending_span'] }],
  beforeToolNameIn: [/mcp (?:send|request:|server handle request:) /u],
}
