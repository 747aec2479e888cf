import type { SpanShape } from '../../model/span.ts'
import { keyAcrossTraces } from '../../model/span-tree.ts'
import { lineageFrom } from '../../resolve/lineage.ts'
import type { Lineage } from '../../resolve/lineage.ts'
import { resolveSpan } from '../../resolve/resolved-span.ts'
import { noteInTree } from '../../resolve/tree-ledger.ts'
import { weightOf } from '../../resolve/weight.ts'
import { BoundedMemory } from '../../base/bounded-memory.ts'
import { oldShape } from '../span/old-span.ts'
import { childLineageOf, findState, isJudgedKind } from '../span/span-state.ts'
import { limitsOf } from '../span/span-limits.ts'
import { keepStamp } from './kept-stamp.ts'
import { tellJudged } from './listeners.ts'
import type { LiveJudge } from './live-judge.ts'

/** How many lineages to remember for later spans. */
const LINEAGES = { entries: 10_000, text: 2 ** 23 }

/**
 * Judges spans whose start none of our processors saw, by what they and their ancestors say: some SDKs hand them
 * straight to an exporter, or only to a processor's `onEnd`. What was bound when they started isn't known.
 */
export class UnseenSpans {
  readonly #live: LiveJudge
  readonly #lineages = new BoundedMemory<Lineage>(LINEAGES)

  constructor(live: LiveJudge) {
    this.#live = live
  }

  /** The span with its stamp, or an object derived from it if the span can't be written to. */
  judged(span: SpanShape): SpanShape {
    const { policy } = this.#live.settings
    const shape = oldShape(span) ?? span
    const lineage = this.#lineageOf(shape)
    const limits = limitsOf(span)
    const resolved = resolveSpan({ span: shape, lineage, policy, live: { valueLimit: limits.valueLength } })
    noteInTree(resolved)
    this.#lineages.put(
      keyAcrossTraces(span.spanContext()),
      resolved.childLineage,
      weightOf(resolved.childLineage, lineage),
    )
    if (!isJudgedKind(resolved)) return span
    const judgement = this.#live.judge(resolved)
    const judged = { span, resolved, judgement, limits, by: this.#live, mayCopy: true, replaced: [], isStamped: false }
    tellJudged(judged)
    keepStamp(judged)
    return judged.span
  }

  /** An unknown parent may still be open or be in another process. Only the audit can tell. */
  #lineageOf(span: SpanShape): Lineage {
    const parent = span.parentSpanContext
    if (parent === undefined) return lineageFrom('root')
    const known = this.#lineages.get(keyAcrossTraces(parent))
    if (known !== undefined) return known
    const state = findState({ spanContext: () => parent })
    return state === undefined ? lineageFrom('elsewhere') : childLineageOf(state)
  }
}
