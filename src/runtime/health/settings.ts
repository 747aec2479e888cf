import { createPolicy } from '../../policy/policy.ts'
import type { Policy } from '../../policy/policy.ts'
import type { StampOptions } from '../../judge/stamp.ts'

/** How this process judges. */
export interface Settings extends Omit<StampOptions, 'judgeName'> {
  readonly policy: Policy
  /** Also add an event for each finding. */
  readonly findingEvents: boolean
  /** Give a collapsed span the status ERROR where its app set none. */
  readonly collapseAsError: boolean
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
