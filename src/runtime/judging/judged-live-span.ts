import type { AgentSpanKind } from '../../model/attribution.ts'
import type { SpanShape } from '../../model/span.ts'
import type { Judgement } from '../../judge/judge.ts'
import type { JudgeableSpan } from '../span/span-state.ts'
import type { SpanLimits } from '../span/span-limits.ts'
import type { LiveJudge } from './live-judge.ts'

/** A span of this process with its verdict, as its listeners see it. */
export interface JudgedLiveSpan {
  /** Becomes a copy of the span once a copy has taken the stamp in its place. */
  span: SpanShape
  readonly resolved: JudgeableSpan
  readonly judgement: Judgement
  readonly limits: SpanLimits
  readonly by: LiveJudge
  /** Whether a copy may take the stamp if the span can't: then the caller passes on the copy. */
  readonly mayCopy: boolean
  /** The names of what stood at its start and was replaced before it ended. */
  readonly replaced: readonly string[]
  /** Whether `span` has the stamp. */
  isStamped: boolean
}

/** A span on which a part of the stamp was replaced after its judgement, and has been put back. */
export interface RewrittenSpan {
  readonly span: SpanShape
  /** The span's own. To read them from the span would check them again. */
  readonly attributes: Record<string, unknown>
  readonly kind: AgentSpanKind
  /** It says that the span was rewritten. */
  readonly judgement: Judgement
  /** The names of all attributes that were replaced. */
  readonly replaced: readonly string[]
  /** Whether the judgement did not say so before. */
  readonly isFirst: boolean
  readonly limits: SpanLimits
  readonly by: LiveJudge
}

/** Handles judged spans. If it throws, that counts a fault, and later listeners don't get the span. */
export interface SpanListener {
  /** Called once per span, when it has its verdict: usually right before it ends. */
  judged(span: JudgedLiveSpan): void
  /** Called whenever something replaced a part of its stamp. */
  rewritten(span: RewrittenSpan): void
}
