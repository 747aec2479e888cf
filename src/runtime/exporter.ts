import type { SpanShape } from '../model/span.ts'
import { VERSION } from '../model/version.ts'
import { createJudge } from '../rules/judge.ts'
import type { Judge } from '../rules/judge.ts'
import { lineageFrom } from '../rules/lineage.ts'
import type { Lineage } from '../rules/lineage.ts'
import { sight } from '../rules/sighting.ts'
import { judgeName, stamp } from '../rules/stamp.ts'
import type { StampOptions } from '../rules/stamp.ts'
import { weightOf } from '../rules/weight.ts'
import { BoundedMemory } from './bounded-memory.ts'
import { isJudgedElsewhere } from './copies.ts'
import { fault } from './fault.ts'
import { EXPORT } from './live-span.ts'
import type { Exporter, ExportResult } from './live-span.ts'
import { bearMetrics, countSpan } from './metrics.ts'
import { belowOf, findRecord, isJudged, markJudged } from './records.ts'
import { useSettings } from './settings.ts'
import type { Settings } from './settings.ts'
import { showFindings } from './shown-findings.ts'
import { limitsOf } from './span-limits.ts'
import { writeDirectly } from './write-stamp.ts'
import type { Stamping } from './write-stamp.ts'

/** Lineages of exported spans that are remembered for spans in later batches. */
const LINEAGES = { entries: 10_000, text: 2 ** 23 }

const wrapped = new WeakMap<object, Exporter>()

/** The exporter that stands behind all wrappers of ours. */
export function bareExporter(exporter: Exporter): Exporter {
  const inner = wrapped.get(exporter)
  return inner === undefined ? exporter : bareExporter(inner)
}

/**
 * Judges the spans that no processor of ours saw, as some SDKs hand spans straight to an exporter, and passes every
 * batch on to the wrapped exporter exactly once, even where judging fails.
 */
export class JudgingExporter implements Exporter {
  readonly #exporter: Exporter
  readonly #settings: Settings
  readonly #judge: Judge
  readonly #stampOptions: StampOptions
  readonly #lineages = new BoundedMemory<Lineage>(LINEAGES)

  constructor(exporter: Exporter, settings: Settings) {
    this.#exporter = exporter
    wrapped.set(this, exporter)
    this.#settings = settings
    this.#judge = createJudge(settings.policy)
    this.#stampOptions = { ...settings, judgeName: judgeName(VERSION, settings.policy.digest) }
    useSettings(settings)
    try {
      bearMetrics(settings)
    } catch (error) {
      fault('metrics', 'the instruments could not be made', error)
    }
  }

  export(spans: SpanShape[], resultCallback: (result: ExportResult) => void): void {
    const judged = this.#judgeBatch(spans)
    let isDone = false
    const done = (result: ExportResult) => {
      if (isDone) return
      isDone = true
      resultCallback(result)
    }
    try {
      this.#exporter.export(judged, done)
    } catch (error) {
      done({ code: EXPORT.failed, error: error instanceof Error ? error : new Error('the exporter failed') })
    }
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.()
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }

  #judgeBatch(spans: SpanShape[]): SpanShape[] {
    try {
      const judged = new Map<SpanShape, SpanShape>()
      for (const span of parentsFirst(spans)) judged.set(span, this.#judgeSafely(span))
      return spans.map((span) => judged.get(span) ?? span)
    } catch (error) {
      fault('exporter', 'a batch could not be judged', error)
      return spans
    }
  }

  #judgeSafely(span: SpanShape): SpanShape {
    try {
      return isJudged(span) || isJudgedElsewhere(span) ? span : this.#judgeOne(span)
    } catch (error) {
      fault('exporter', 'a span could not be judged', error)
      return span
    }
  }

  #judgeOne(span: SpanShape): SpanShape {
    const { policy } = this.#settings
    const lineage = this.#lineageOf(span)
    const limits = limitsOf(span)
    const sighting = sight({ span, lineage, policy, valueLimit: limits.valueLength })
    this.#lineages.put(keyOf(span.spanContext()), sighting.below, weightOf(sighting.below, lineage))
    const { kind, dialect } = sighting
    if (kind === undefined) return span
    const judgement = this.#judge(sighting)
    countSpan({ kind, dialect, judgement }, policy)
    const stamped = stampedSpan(span, { sighting, judgement, options: this.#stampOptions, limits })
    showFindings(stamped, judgement, this.#settings, limits)
    return stamped
  }

  /** A parent that is not known may still be open or be in another process: the audit knows, the exporter does not. */
  #lineageOf(span: SpanShape): Lineage {
    const parent = span.parentSpanContext
    if (parent === undefined) return lineageFrom('root')
    const known = this.#lineages.get(keyOf(parent))
    if (known !== undefined) return known
    const record = findRecord({ spanContext: () => parent })
    return record === undefined ? lineageFrom('elsewhere') : belowOf(record)
  }
}

function keyOf({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string {
  return `${traceId}${spanId}`
}

/** Each span after its parent, whatever their order; a cycle of parents is cut where it closes. */
function parentsFirst(spans: readonly SpanShape[]): Set<SpanShape> {
  const byKey = new Map(spans.map((span) => [keyOf(span.spanContext()), span]))
  const ordered = new Set<SpanShape>()
  for (const span of spans) {
    const path = new Set<SpanShape>()
    let next: SpanShape | undefined = span
    while (next !== undefined && !ordered.has(next) && !path.has(next)) {
      path.add(next)
      next = next.parentSpanContext === undefined ? undefined : byKey.get(keyOf(next.parentSpanContext))
    }
    for (const ancestor of [...path].toReversed()) ordered.add(ancestor)
  }
  return ordered
}

/** A span that cannot be written to is passed on as an object derived from it. */
function stampedSpan(span: SpanShape, stamping: Stamping): SpanShape {
  if (writeDirectly(span, stamping)) {
    markJudged(span)
    return span
  }
  const { sighting, judgement, options, limits } = stamping
  const stamped = stamp(sighting, judgement, options, limits.valueLength)
  const copy: SpanShape = Object.create(span, {
    attributes: { value: { ...span.attributes, ...stamped }, enumerable: true },
    spanContext: { value: () => span.spanContext(), enumerable: false },
  })
  markJudged(copy)
  return copy
}
