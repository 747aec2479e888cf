import type { Vendor } from './vendor.ts'

export const agentGovernance: Vendor = {
  name: 'agent-governance',
  defined: 'https://github.com/microsoft/agent-governance-toolkit',
  names: [{ prefix: 'agt.', forms: [[/^(?:policy\.evaluate|approval\.request)$/u, 'guardrail']] }],
  keys: { decidedTool: ['agt.tool.name'] },
  decisions: [
    { key: 'agt.approval.outcome', of: 'act', policy: ['agt.policy.rule'], approver: ['agt.approval.approver'] },
    { key: 'agt.policy.action', of: 'act', policy: ['agt.policy.rule', 'agt.policy.name'], target: 'agt.policy.stage' },
    // The names that agent-sre uses.
    {
      key: 'agent.policy.decision',
      of: 'act',
      policy: ['agent.policy.rule_id', 'agent.policy.id', 'agent.policy.name'],
      version: ['agent.policy.version'],
    },
  ],
}
