import type { Vendor } from './vendor.ts'

/** A Cortex agent's steps have names of their own. TruLens, on which it builds, marks its root. */
export const snowflakeCortex: Vendor = {
  name: 'snowflake-cortex',
  defined: 'https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-agents-monitor',
  names: [
    { prefix: 'ReasoningAgentStep', forms: [[/^(?:Planning|ResponseGeneration)/u, 'workflow']] },
    { prefix: 'CortexSearchService_', forms: [[/^/u, 'retriever']] },
    { prefix: 'SqlExecution_', forms: [[/^CortexAnalyst/u, 'tool']] },
  ],
  lateKeys: {
    ownAgentName: ['snow.ai.observability.object.name'],
    conversation: ['snow.ai.observability.agent.thread_id'],
  },
  calledAfter: true,
}
