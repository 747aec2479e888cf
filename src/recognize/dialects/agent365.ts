import type { Vendor } from './vendor.ts'

export const agent365: Vendor = {
  name: 'agent365',
  defined: [
    'https://github.com/microsoft/Agent365-nodejs',
    'https://learn.microsoft.com/en-us/microsoft-agent-365/builder/observability',
  ],
  producer: { scopes: ['Agent365Sdk'], keys: ['microsoft.tenant.id'] },
  keys: {
    // The person who talks to the agent, also in Copilot Studio. Newer releases write `user.id`.
    user: ['microsoft.caller.id', 'gen_ai.caller.id', 'gen_ai.caller.userid'],
    userStandIn: ['microsoft.caller.upn', 'gen_ai.caller.upn'],
    // The agent's own directory accounts. They look like a user's but aren't.
    agentUser: [
      'microsoft.agent.user.id',
      'microsoft.agent.user.email',
      'microsoft.a365.caller.agent.user.id',
      'microsoft.a365.caller.agent.user.email',
      'gen_ai.agent.userid',
      'gen_ai.agent.auid',
      'gen_ai.agent.upn',
      'gen_ai.caller.agent.userid',
      'gen_ai.caller.agent.upn',
    ],
  },
  lateKeys: { conversation: ['microsoft.session.id'] },
  decisions: [
    {
      key: 'microsoft.security.decision.type',
      of: 'content',
      policy: ['microsoft.security.policy.id', 'microsoft.security.policy.name'],
      version: ['microsoft.security.policy.version'],
      target: 'microsoft.security.target.type',
      call: 'microsoft.security.target.id',
    },
  ],
}
