import type { SpanShape } from '../../model/span.ts'
import { VERSION } from '../../model/version.ts'
import { createJudge } from '../../judge/judge.ts'
import type { Judge } from '../../judge/judge.ts'
import { lineageFrom } from '../../resolve/lineage.ts'
import type { Lineage } from '../../resolve/lineage.ts'
import { resolveSpan } from '../../resolve/resolved-span.ts'
import { noteInTree } from '../../resolve/tree-ledger.ts'
import { judgeName, stamp } from '../../judge/stamp.ts'
import type { StampOptions } from '../../judge/stamp.ts'
import { weightOf } from '../../resolve/weight.ts'
import { BoundedMemory } from '../../base/bounded-memory.ts'
import { countSpan } from '../health/metrics.ts'
import { oldShape } from '../span/old-span.ts'
import { childLineageOf, findState, markJudged } from '../span/span-state.ts'
import type { Settings } from '../health/settings.ts'
import { showFindings } from './shown-findings.ts'
import { limitsOf } from '../span/span-limits.ts'
import { writeDirectly } from './write-stamp.ts'
import type { Stamping } from './write-stamp.ts'

/** Lineages of spans that are remembered for spans which come later. */
const LINEAGES = { entries: 10_000, text: 2 ** 23 }

/**
 * Judges spans whose start no processor of ours saw, by what they and their ancestors say: some SDKs hand them straight
 * to an exporter, others to the end of a processor. What was bound when they started is not known.
 */
export class UnseenSpans {
  readonly #settings: Settings
  readonly #judge: Judge
  readonly #stampOptions: StampOptions
  readonly #lineages = new BoundedMemory<Lineage>(LINEAGES)

  constructor(settings: Settings) {
    this.#settings = settings
    this.#judge = createJudge(settings.policy)
    this.#stampOptions = { ...settings, judgeName: judgeName(VERSION, settings.policy.digest) }
  }

  /** The span with its stamp, or an object derived from it where it cannot be written to. */
  judged(span: SpanShape): SpanShape {
    const { policy } = this.#settings
    const shape = oldShape(span) ?? span
    const lineage = this.#lineageOf(shape)
    const limits = limitsOf(span)
    const resolved = resolveSpan({ span: shape, lineage, policy, live: { valueLimit: limits.valueLength } })
    noteInTree(resolved)
    this.#lineages.put(keyOf(span.spanContext()), resolved.childLineage, weightOf(resolved.childLineage, lineage))
    const { kind, dialect } = resolved
    if (kind === undefined) return span
    const judgement = this.#judge(resolved)
    countSpan({ kind, dialect, judgement }, policy)
    const stamped = stampedSpan(span, { resolved, judgement, options: this.#stampOptions, limits })
    showFindings(stamped, judgement, this.#settings, limits)
    return stamped
  }

  /** A parent that is not known may still be open or be in another process: the audit knows, nobody here does. */
  #lineageOf(span: SpanShape): Lineage {
    const parent = span.parentSpanContext
    if (parent === undefined) return lineageFrom('root')
    const known = this.#lineages.get(keyOf(parent))
    if (known !== undefined) return known
    const state = findState({ spanContext: () => parent })
    return state === undefined ? lineageFrom('elsewhere') : childLineageOf(state)
  }
}

export function keyOf({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string {
  return `${traceId}${spanId}`
}

function stampedSpan(span: SpanShape, stamping: Stamping): SpanShape {
  if (writeDirectly(span, stamping)) {
    markJudged(span)
    return span
  }
  const { resolved, judgement, options, limits } = stamping
  const stamped = stamp(span.attributes, resolved, judgement, options, limits.valueLength)
  const copy: SpanShape = Object.create(span, {
    attributes: { value: { ...span.attributes, ...stamped }, enumerable: true },
    spanContext: { value: () => span.spanContext(), enumerable: false },
  })
  markJudged(copy)
  return copy
}
