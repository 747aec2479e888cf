type Keys = readonly string[]

/** What was asked: whether something may be done, or whether what is said there may be said. */
export type Asked = 'act' | 'content'

/** How one convention records what its policy said. */
export interface DecisionRow {
  readonly key: string
  readonly of: Asked
  readonly policy?: Keys
  readonly version?: Keys
  readonly approver?: Keys
  /** What the policy was shown: of the input and output of models and tools, not all of it is the act. */
  readonly target?: string
  /** The tool call that it speaks of, by id. */
  readonly call?: string
  /** The key is a common word, and means this on spans of this name alone. RE2 knows the expression. */
  readonly named?: RegExp
  /** Where the policy is merely tried out, what it says is not in force. */
  readonly trial?: Mode
  /** Nothing is done here that the policy refuses. */
  readonly enforced?: Mode | 'always'
}

interface Mode {
  readonly key: string
  readonly value: string
}
