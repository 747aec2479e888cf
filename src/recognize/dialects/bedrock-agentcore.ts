import type { Vendor } from './vendor.ts'

export const bedrockAgentcore: Vendor = {
  name: 'bedrock-agentcore',
  defined: 'https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-policy-metrics.html',
  names: [
    { prefix: 'AgentCore.Policy.', forms: [[/Authorize/u, 'guardrail']] },
    { prefix: 'AgentCore.Gateway.InvokeTool', forms: [[/^$/u, 'tool']] },
  ],
  decisions: [
    {
      key: 'aws.agentcore.policy.authorization_decision',
      of: 'act',
      policy: ['aws.agentcore.policy.determining_policies'],
      trial: { key: 'aws.agentcore.gateway.policy.mode', value: 'LOG_ONLY' },
      enforced: { key: 'aws.agentcore.gateway.policy.mode', value: 'ENFORCE' },
    },
  ],
}
