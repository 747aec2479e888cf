import type { Vendor } from './vendor.ts'

/** What a policy said about an act. Proposed for the conventions, and written by those who proposed it. */
export const agentAuthorization: Vendor = {
  name: 'agent-authorization',
  defined: 'https://github.com/open-telemetry/semantic-conventions-genai',
  decisions: [
    {
      key: 'gen_ai.agent.authorization.outcome',
      of: 'act',
      policy: ['gen_ai.agent.authorization.policy.name', 'gen_ai.agent.authorization.policy'],
      version: ['gen_ai.agent.authorization.policy.version'],
    },
  ],
}
