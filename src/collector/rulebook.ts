import type { Policy, PolicyOptions } from '../policy/policy.ts'

/** What the rules are drawn from: what the policy says, and the same with every default settled. */
export interface Rulebook {
  readonly options: PolicyOptions
  readonly policy: Policy
  readonly judgeName: string
}
