import type { Policy, PolicyOptions } from '../policy/policy.ts'

/** What the rules are made from: the policy as written, and the same with every default filled in. */
export interface Rulebook {
  readonly options: PolicyOptions
  readonly policy: Policy
  readonly judgeName: string
}
