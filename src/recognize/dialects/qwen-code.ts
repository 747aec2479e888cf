import type { Vendor } from './vendor.ts'

/** Older releases have only these names. */
export const qwenCode: Vendor = {
  name: 'qwen-code',
  defined: 'https://github.com/QwenLM/qwen-code/blob/main/packages/core/src/telemetry/constants.ts',
  names: [
    {
      prefix: 'qwen-code.',
      forms: [
        [/^(?:interaction|subagent)$/u, 'agent'],
        [/^llm_request$/u, 'llm'],
        [/^tool(?:\.execution)?$/u, 'tool'],
      ],
    },
  ],
  producer: { scopes: ['qwen-code'] },
  lateKeys: { ownAgentName: ['qwen-code.subagent.name'] },
  agentNameIn: { programs: [{ name: 'qwen-code', named: /^qwen-code\./u, scope: /^qwen-code$/u }] },
}
