import type { Decision } from '../model/attribution.ts'
import type { Asked } from '../recognize/dialects/decisions.ts'

/** A decision as another convention records it on one span. */
export interface RecordedDecision {
  readonly decision: Decision
  /** Whose word it is: a later one of the same replaces an earlier. */
  readonly policy: string
  readonly of: Asked
  /** Whether nothing is done that is refused there. */
  readonly isEnforced: boolean
  /** The tool and the call that it names. */
  readonly tool: string | undefined
  readonly call: string | undefined
  /** On which span it is recorded, whether that is neither the act's nor around it, and when it began, in milliseconds. */
  readonly spanId: string
  readonly isApart: boolean
  readonly at: number
}

/**
 * Decisions on acts that are not below the spans on which they are recorded: by the id of the act's span, or by the id
 * of the tool call. Of too many keys the oldest are forgotten.
 */
export class Spoken {
  /** How often something was said: whoever looked before has to look again. */
  times = 0
  readonly #of = new Map<string, RecordedDecision[]>()
  readonly #most: number

  constructor(most = Infinity) {
    this.#most = most
  }

  add(act: string, said: RecordedDecision): void {
    const known = this.#of.get(act)
    this.times += 1
    if (known === undefined) this.#of.set(act, [said])
    else if (known.length < MOST_OF_ONE) known.push(said)
    const [oldest] = this.#of.keys()
    if (this.#of.size > this.#most && oldest !== undefined) this.#of.delete(oldest)
  }

  of(act: string): readonly RecordedDecision[] {
    return this.#of.get(act) ?? []
  }
}

/** Far more than any act needs. */
const MOST_OF_ONE = 64
