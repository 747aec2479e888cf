import type { Vendor } from './vendor.ts'

export const codingCli: Vendor = {
  name: 'coding-cli',
  defined: [
    'https://code.claude.com/docs/en/monitoring-usage',
    'https://github.com/openai/codex',
    'https://github.com/google-gemini/gemini-cli',
  ],
  marks: [
    {
      key: 'span.type',
      onlyWith: { scopes: ['claude-code', 'com.anthropic.claude_code.tracing', 'com.anthropic.claude_code.traces'] },
      values: { interaction: 'agent', llm_request: 'llm', tool: 'tool', tool_execution: 'tool' },
    },
  ],
  names: [
    {
      prefix: 'claude_code.',
      forms: [
        [/^interaction$/u, 'agent'],
        [/^llm_request$/u, 'llm'],
        [/^tool(?:[._]execution)?$/u, 'tool'],
      ],
    },
    {
      // Codex names its scope after the program.
      scopes: ['codex_cli_rs', 'codex_exec', 'codex-app-server', 'codex_app_server', 'codex_mcp_server', 'codex-tui'],
      forms: [
        [/^session_task\.(?:turn|review)$/u, 'agent'],
        [/^run_turn$/u, 'workflow'],
        [/^handle_tool_call$/u, 'tool'],
        [/^model_client\.stream_responses/u, 'llm'],
      ],
    },
  ],
  producer: {
    scopes: ['claude-code', 'gemini-cli', 'copilot-chat'],
    scopePrefixes: ['com.anthropic.claude_code', 'codex'],
  },
  keys: { account: ['user.account_uuid'], toolCall: ['tool_use_id'] },
  lateKeys: { conversation: ['copilot_chat.chat_session_id', 'copilot_chat.session_id'] },
  // Claude Code writes its own installation, hashed, where the user's id belongs.
  installation: { named: /^claude_code\./u, scope: /^com\.anthropic\.claude_code(?:\.|$)|^claude-code$/u },
  oneUser: /^copilot-chat$/u,
  agentNameIn: {
    programs: [
      { name: 'claude-code', named: /^claude_code\./u, scope: /claude/u },
      { name: 'codex', scope: /^codex/u },
    ],
  },
  decisions: [{ key: 'decision', of: 'act', named: /^claude_code\.tool\.blocked_on_user$/u, enforced: 'always' }],
  toolNameIn: [/claude_code\.tool/u, /handle_tool_call/u],
}
