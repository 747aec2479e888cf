import type { Vendor } from './vendor.ts'

/** Proposed for the conventions, and written by who proposed it: what a policy said of an act. */
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
