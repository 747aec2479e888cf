import type { Vendor } from './vendor.ts'

const GUARDRAIL = {
  of: 'content',
  policy: [
    'gen_ai.guardrail.security.policy.id',
    'gen_ai.security.policy.id',
    'gen_ai.guardrail.security.policy.name',
    'gen_ai.security.policy.name',
    'gen_ai.guardrail.id',
    'gen_ai.guardrail.component.name',
    'gen_ai.guardrail.name',
  ],
  version: ['gen_ai.guardrail.security.policy.version', 'gen_ai.security.policy.version'],
  target: 'gen_ai.guardrail.target.type',
  call: 'gen_ai.guardrail.target.id',
} as const
const SECURITY = { ...GUARDRAIL, target: 'gen_ai.security.target.type', call: 'gen_ai.security.target.id' } as const

/** The proposal for guardrails. A verdict is checked before the action that was taken on it. */
export const genaiSecurity: Vendor = {
  name: 'genai-security',
  defined: 'https://github.com/open-telemetry/semantic-conventions-genai',
  decisions: [
    { ...SECURITY, key: 'gen_ai.security.decision.type' },
    { ...GUARDRAIL, key: 'gen_ai.guardrail.verdict.type' },
    { ...SECURITY, key: 'gen_ai.security.verdict.type' },
    { ...GUARDRAIL, key: 'gen_ai.guardrail.action.type' },
    { ...SECURITY, key: 'gen_ai.security.action.type' },
    { ...GUARDRAIL, key: 'gen_ai.guardrail.verdict' },
    { ...GUARDRAIL, key: 'gen_ai.guardrail.decision' },
    { ...GUARDRAIL, key: 'gen_ai.guardrail.action' },
  ],
}
