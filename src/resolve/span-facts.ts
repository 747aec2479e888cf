import type { AgentSpanKind } from '../model/attribution.ts'
import type { Attributes, SpanShape } from '../model/span.ts'
import type { Facts } from '../recognize/facts.ts'
import type { ActorChain, Binding, Execution, Lineage } from './lineage.ts'
import type { RecordedDecision } from './recorded-decision.ts'
import type { Stated } from './stated.ts'

/** What is known about a span before its facets are resolved. */
export interface SpanFacts {
  readonly span: SpanShape
  readonly lineage: Lineage
  readonly binding: Binding | undefined
  /** Of a tool's or effect's span of this process. */
  readonly execution: Execution | undefined
  readonly facts: Facts
  readonly stated: Stated
  readonly resource: Stated
  readonly resourceAttributes: Attributes
  readonly kind: AgentSpanKind | undefined
  readonly tool: string | undefined
  readonly sameAction: boolean
  readonly line: ActorChain
  /** The decisions that spans around it recorded about it. */
  readonly takes: readonly RecordedDecision[]
  /** What others recorded of decisions on this act, including `takes`. */
  readonly recorded: readonly RecordedDecision[]
  /** The decision that this span records on another act. */
  readonly ofOther: RecordedDecision | undefined
}
