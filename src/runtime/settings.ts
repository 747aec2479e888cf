import { createPolicy } from '../rules/policy.ts'
import type { Policy } from '../rules/policy.ts'

/** How this process judges. */
export interface Settings {
  readonly policy: Policy
  /** Also write `attribution.finding.<code>` for each finding. */
  readonly findingAttributes: boolean
  /** Also write `user.id` and `gen_ai.agent.*` where they are empty. */
  readonly fillStandard: boolean
}

let current: Settings | undefined

/** What `guard` judges by: the settings of the last processor or exporter made, else the defaults. */
export function currentSettings(): Settings {
  return (current ??= { policy: createPolicy(), findingAttributes: false, fillStandard: false })
}

export function useSettings(settings: Settings): void {
  current = settings
}
