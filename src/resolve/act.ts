import type { BoundAct } from './lineage.ts'
import type { SpanFacts } from './span-facts.ts'
import type { Stated } from './stated.ts'

/** What is known of the act besides the decision: what the span states, and else what the process bound. */
export function actOf({ stated, binding, execution }: SpanFacts): BoundAct | undefined {
  const own = statedAct(stated)
  const bound = execution?.act ?? binding?.act
  return own === undefined || bound === undefined ? (own ?? bound) : { ...bound, ...own }
}

/** As the span states it. Undefined for most spans. */
export function statedAct({ actionBinding, wouldDeny, details }: Stated): BoundAct | undefined {
  const undecided = details.decision?.unevaluated === undefined ? undefined : details.decision
  if (actionBinding === undefined && !wouldDeny && undecided === undefined) return undefined
  return {
    ...(actionBinding === undefined ? {} : { binding: actionBinding }),
    ...(wouldDeny ? { wouldDeny } : {}),
    ...(undecided === undefined ? {} : { undecided }),
  }
}
