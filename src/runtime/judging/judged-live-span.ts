import type { Judgement } from '../../judge/judge.ts'
import type { SpanShape } from '../../model/span.ts'
import type { Finished } from '../span/span-state.ts'
import type { SpanLimits } from '../span/span-limits.ts'
import type { LiveJudge } from './live-judge.ts'

/** A span of this process with its verdict, as its listeners see it. */
export interface JudgedLiveSpan {
  /** Becomes a copy of the span once a copy has taken the stamp in its place. */
  span: SpanShape
  readonly resolved: Finished['resolved']
  readonly judgement: Judgement
  readonly limits: SpanLimits
  readonly by: LiveJudge
  /** Whether a copy may take the stamp if the span can't: then the caller passes on the copy. */
  readonly mayCopy: boolean
  /** Whether `span` has the stamp. */
  isStamped: boolean
}

/** Handles judged spans. If it throws, that counts a fault, and later listeners don't get the span. */
export interface SpanListener {
  /** Called once per span, when it has its verdict: usually right before it ends. */
  judged(span: JudgedLiveSpan): void
  /**
   * Called when a span has ended that had its verdict before. `isRewritten`: an identity on it changed in between, and
   * its judgement now says so.
   */
  ended(span: JudgedLiveSpan, isRewritten: boolean): void
}
