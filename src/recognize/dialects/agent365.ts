import type { Vendor } from './vendor.ts'

export const agent365: Vendor = {
  name: 'agent365',
  defined: 'https://github.com/microsoft/Agent365-nodejs',
  producer: { scopes: ['Agent365Sdk'], keys: ['microsoft.tenant.id'] },
  keys: {
    // The agent's own directory accounts. They look like a user's but aren't.
    agentUser: [
      'microsoft.agent.user.id',
      'microsoft.agent.user.email',
      'microsoft.a365.caller.agent.user.id',
      'microsoft.a365.caller.agent.user.email',
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
