import { ASSURANCES } from '../model/attribution.ts'
import type { Decision } from '../model/attribution.ts'
import type { Sourced } from '../resolve/lineage.ts'

/**
 * Decisions without those that another one covers: it says everything that they do, at least as surely. Each is looked
 * at once, however many there are.
 */
export class DistinctDecisions<T> {
  readonly #found = new Map<string, { readonly rank: number; readonly value: T }>()
  /** The surest decision that says this, and maybe more. */
  readonly #surest = new Map<string, number>()

  get all(): readonly T[] {
    return [...this.#found.values()].map(({ value }) => value)
  }

  add(decision: Sourced<Decision>, value: T): void {
    const rank = ASSURANCES.indexOf(decision.assurance)
    const said = partsOf(decision.value)
    const whole = said[0] as string
    if ((this.#surest.get(whole) ?? Infinity) <= rank) return
    for (const part of said) {
      if ((this.#found.get(part)?.rank ?? -1) >= rank) this.#found.delete(part)
      this.#surest.set(part, Math.min(this.#surest.get(part) ?? Infinity, rank))
    }
    this.#found.set(whole, { rank, value })
  }
}

/** What a decision says, and everything less that it says too. */
function partsOf({ outcome, policy, approver }: Decision): readonly string[] {
  const policies = policy?.id === undefined ? [undefined] : [policy.id, undefined]
  const approvers = approver?.id === undefined ? [undefined] : [approver.id, undefined]
  return policies.flatMap((by) => approvers.map((approvedBy) => JSON.stringify([outcome, by, approvedBy])))
}
