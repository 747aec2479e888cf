type Keys = readonly string[]

/** The question: whether something may be done, or whether certain content may be said. */
export type Asked = 'act' | 'content'

/** How one convention records what its policy said. */
export interface DecisionRow {
  readonly key: string
  readonly of: Asked
  readonly policy?: Keys
  readonly version?: Keys
  readonly approver?: Keys
  /** What the policy was shown. Of the input and output of models and tools, only some is the act. */
  readonly target?: string
  /** The id of the tool call that it refers to. */
  readonly call?: string
  /** The key is a common word, and has this meaning only on spans with this name. RE2 supports the expression. */
  readonly named?: RegExp
  /** If the policy is only being tried out, its answer isn't in force. */
  readonly trial?: Mode
  /** Anything that the policy refuses isn't done here. */
  readonly enforced?: Mode | 'always'
}

interface Mode {
  readonly key: string
  readonly value: string
}
