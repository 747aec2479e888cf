import type { Decision } from '../model/attribution.ts'
import type { Asked } from '../recognize/dialects/decisions.ts'

/** A decision that another convention recorded on one span. */
export interface RecordedDecision {
  readonly decision: Decision
  /** Who decided. A later decision of the same policy replaces an earlier one. */
  readonly policy: string
  readonly of: Asked
  /** Whether whatever is refused there isn't done. */
  readonly isEnforced: boolean
  /** The tool and the call that it names. */
  readonly tool: string | undefined
  readonly call: string | undefined
  /** The span it is recorded on. */
  readonly spanId: string
  /** Whether that span is neither the act's nor around it. */
  readonly isApart: boolean
  /** When that span began, in milliseconds. */
  readonly at: number
}

/**
 * Decisions on acts that aren't below the spans they are recorded on: by the id of the act's span, or by the id of the
 * tool call. With too many keys, the oldest are forgotten.
 */
export class Spoken {
  /** How many decisions were recorded. If it changed since the last look, look again. */
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
