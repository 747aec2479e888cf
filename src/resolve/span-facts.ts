import type { AgentSpanKind } from '../model/attribution.ts'
import type { Attributes, SpanShape } from '../model/span.ts'
import type { Facts } from '../recognize/facts.ts'
import type { ActorChain, Binding, Execution, Lineage } from './lineage.ts'
import type { RecordedDecision } from './recorded-decision.ts'
import type { Stated } from './stated.ts'

/** What is known of a span before its facets are. */
export interface SpanFacts {
  readonly span: SpanShape
  readonly lineage: Lineage
  readonly binding: Binding | undefined
  /** Of a tool span of this process. */
  readonly execution: Execution | undefined
  readonly facts: Facts
  readonly stated: Stated
  readonly resource: Stated
  readonly resourceAttributes: Attributes
  readonly kind: AgentSpanKind | undefined
  readonly tool: string | undefined
  readonly sameAction: boolean
  readonly line: ActorChain
  /** The decisions that spans around it recorded of it. */
  readonly takes: readonly RecordedDecision[]
  /** What others recorded of a decision on this act, those among them. */
  readonly recorded: readonly RecordedDecision[]
  /** What this span records of a decision on another act. */
  readonly ofOther: RecordedDecision | undefined
}
