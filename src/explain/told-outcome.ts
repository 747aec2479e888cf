import type { Outcome } from '../model/attribution.ts'
import { isOpen, STATUS, UNREADABLE_STATUS } from '../model/span.ts'
import type { ChainLink } from './chain.ts'

/**
 * How a span ended, as far as it's recorded. Rules read anything that isn't a failure as a success; a span that hasn't
 * ended, or whose status or outcome can't be read, doesn't prove one.
 */
export function toldOutcome({ resolved, span }: ChainLink['judged']): Outcome {
  const { outcome, stated } = resolved
  if (outcome !== 'success' || stated.outcome !== undefined) return outcome
  if (stated.isOutcomeUnknown || span.status.code === UNREADABLE_STATUS) return 'unknown'
  return span.status.code === STATUS.unset && isOpen(span) ? 'unknown' : outcome
}
