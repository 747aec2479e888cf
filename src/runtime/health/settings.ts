import { createPolicy } from '../../policy/policy.ts'
import type { Policy } from '../../policy/policy.ts'

/** How this process judges. */
export interface Settings {
  readonly policy: Policy
  /** Also write `attribution.finding.<code>` for each finding. */
  readonly findingAttributes: boolean
  /** Also add an event for each finding. */
  readonly findingEvents: boolean
  /** Also write a warning for each finding where Jaeger looks for warnings. */
  readonly findingWarnings: boolean
  /** Give a collapsed span the status ERROR where its app set none. */
  readonly collapseAsError: boolean
  /** Also write `user.id` and `gen_ai.agent.*` where they are empty. */
  readonly fillStandard: boolean
  /** Let every series of the metrics be born with zero, not only those that our alert rules need. */
  readonly zeroSeries: boolean
}

let current: Settings | undefined

/** What `guard` judges by: the settings of the last processor or exporter made, else the defaults. */
export function currentSettings(): Settings {
  return (current ??= {
    policy: createPolicy(),
    findingAttributes: false,
    findingEvents: false,
    findingWarnings: false,
    collapseAsError: false,
    fillStandard: false,
    zeroSeries: false,
  })
}

export function useSettings(settings: Settings): void {
  current = settings
}
