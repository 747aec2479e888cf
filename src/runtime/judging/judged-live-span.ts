import type { Judgement } from '../../judge/judge.ts'
import type { SpanShape } from '../../model/span.ts'
import type { Finished } from '../span/span-state.ts'
import type { SpanLimits } from '../span/span-limits.ts'
import type { LiveJudge } from './live-judge.ts'

/** A span of this process with its verdict, as its listeners get it. */
export interface JudgedLiveSpan {
  /** A copy of it once one has taken the stamp in its place. */
  span: SpanShape
  readonly resolved: Finished['resolved']
  readonly judgement: Judgement
  readonly limits: SpanLimits
  readonly by: LiveJudge
  /** Whether a copy may take the stamp where the span takes none: whoever judges here hands on what comes of it. */
  readonly mayCopy: boolean
  /** Whether the stamp stands on `span`. */
  isStamped: boolean
}

/** What is done with judged spans. What it throws is a fault, and keeps the span from the listeners after it. */
export interface SpanListener {
  /** Once a span, when it has its verdict: most often right before it ends. */
  judged(span: JudgedLiveSpan): void
  /**
   * When a span has ended that had its verdict before. `isRewritten`: something changed an identity on it in between,
   * and its judgement now says so.
   */
  ended(span: JudgedLiveSpan, isRewritten: boolean): void
}
