import { createPolicy } from '../../policy/policy.ts'
import type { Policy } from '../../policy/policy.ts'
import type { StampOptions } from '../../judge/stamp.ts'

/** How this process judges. */
export interface Settings extends Omit<StampOptions, 'judgeName'> {
  readonly policy: Policy
  /** Also add an event for each finding. */
  readonly findingEvents: boolean
  /** Give a collapsed span the status ERROR if the app set none. */
  readonly collapseAsError: boolean
  /** Refuse what isn't allowed. Otherwise it runs, and is counted and marked. */
  readonly enforce: boolean
  /** Start every metric series at zero, not only those that our alert rules need. */
  readonly zeroSeries: boolean
}

/** The settings if no processor or exporter was made. */
export function defaultSettings(): Settings {
  return {
    policy: createPolicy(),
    findingAttributes: false,
    findingEvents: false,
    findingWarnings: false,
    collapseAsError: false,
    fillStandard: false,
    enforce: true,
    zeroSeries: false,
  }
}
