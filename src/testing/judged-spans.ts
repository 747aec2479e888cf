import type { Context } from '@opentelemetry/api'
import type { SpanShape } from '../model/span.ts'
import { JudgingProcessor } from '../runtime/judging/judging-processor.ts'
import { currentLiveJudge } from '../runtime/judging/live-judge.ts'
import type { LiveJudge } from '../runtime/judging/live-judge.ts'
import { Pipeline } from '../runtime/judging/pipeline.ts'
import { EXPORT } from '../runtime/span/live-span.ts'
import type { Exporter, LiveSpan, Processor } from '../runtime/span/live-span.ts'
import { resolveConfig } from '../setup/config.ts'
import type { JudgingOptions } from '../setup/config.ts'
import { startJudging } from '../setup/judging.ts'

/**
 * Keeps the spans of a test in memory, as an exporter would get them. It's a span processor that attributes and judges
 * as `AttributionSpanProcessor` does. Within `attribution({ spanProcessors: [judged] })`, that setup judges, and this
 * only keeps.
 *
 * Options and `ONBEHALF_*` are settled here: it throws `AttributionConfigError`, naming every bad field.
 *
 * @example
 * ```ts
 * import { NodeSDK } from '@opentelemetry/sdk-node'
 * import { attribution } from 'onbehalf'
 * import { JudgedSpans } from 'onbehalf/testing'
 *
 * const judged = new JudgedSpans()
 * new NodeSDK({ ...attribution({ spanProcessors: [judged] }) }).start()
 * ```
 */
export class JudgedSpans implements Processor {
  /** For what hands its spans straight to an exporter: `new AttributionSpanExporter(judged.exporter)`. */
  readonly exporter: Exporter
  readonly #live: LiveJudge
  readonly #pipeline: Pipeline
  /** In which test each open span was started, by its id. */
  readonly #open = new Map<string, number>()
  #test = 0
  #kept: SpanShape[] = []

  constructor(options: JudgingOptions = {}) {
    this.#live = startJudging(resolveConfig(options))
    const judging = new JudgingProcessor(this.#live, true)
    const keeping = { ...NOTHING_TO_DO, onStart: () => {}, onEnd: (span: SpanShape) => this.#keep(span) }
    this.#pipeline = new Pipeline({ others: [], judging, exporting: [keeping] })
    const take: Exporter['export'] = (spans, done) => {
      this.#kept.push(...spans)
      done({ code: EXPORT.success })
    }
    this.exporter = { ...NOTHING_TO_DO, export: take }
  }

  /** Every span that was exported since the last `reset`, in the order in which they ended. */
  spans(): readonly SpanShape[] {
    return [...this.#kept]
  }

  /**
   * Forgets the spans, and whom each credential was used for. A span that is still open isn't kept when it ends, because
   * it belongs to an earlier test. For `beforeEach`.
   */
  reset(): void {
    this.#kept = []
    this.#test += 1
    this.#live.forget()
    currentLiveJudge().forget()
  }

  onStart(span: LiveSpan, parentContext: Context): void {
    this.#open.set(span.spanContext().spanId, this.#test)
    this.#pipeline.onStart(span, parentContext)
  }

  onEnding(span: LiveSpan): void {
    this.#pipeline.onEnding(span)
  }

  onEnd(span: SpanShape): void {
    this.#pipeline.onEnd(span)
    this.#open.delete(span.spanContext().spanId)
  }

  forceFlush(): Promise<void> {
    return this.#pipeline.forceFlush()
  }

  /** What was kept stays, so that a test can look after it shut its SDK down. */
  shutdown(): Promise<void> {
    return this.#pipeline.shutdown()
  }

  /** A span that isn't sampled reaches processors, but no exporter. */
  #keep(span: SpanShape): void {
    const { spanId, traceFlags = SAMPLED }: { spanId: string; traceFlags?: number } = span.spanContext()
    const isOfThisTest = (this.#open.get(spanId) ?? this.#test) === this.#test
    if (isOfThisTest && (traceFlags & SAMPLED) !== 0) this.#kept.push(span)
  }
}

/** `TraceFlags.SAMPLED` of `@opentelemetry/api`. */
const SAMPLED = 1

const NOTHING_TO_DO = { forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() }
