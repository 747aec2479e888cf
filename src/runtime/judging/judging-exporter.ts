import type { SpanShape } from '../../model/span.ts'
import { keyAcrossTraces, SpanTree } from '../../model/span-tree.ts'
import { isJudgedElsewhere } from '../span/copies.ts'
import { fault } from '../health/fault.ts'
import { processState } from '../health/process-state.ts'
import { EXPORT } from '../span/live-span.ts'
import type { Exporter, ExportResult } from '../span/live-span.ts'
import { isJudged } from '../span/span-state.ts'
import type { LiveJudge } from './live-judge.ts'
import { UnseenSpans } from './unseen.ts'

const state = processState('exporters', () => ({ wrapped: new WeakMap<object, Exporter>() }))

/** The exporter inside all of our wrappers. */
export function bareExporter(exporter: Exporter): Exporter {
  const inner = state.wrapped.get(exporter)
  return inner === undefined ? exporter : bareExporter(inner)
}

/**
 * Judges the spans that none of our processors saw, because some SDKs hand spans straight to an exporter. Passes every
 * batch on to the wrapped exporter exactly once, even if judging fails.
 */
export class JudgingExporter implements Exporter {
  readonly #exporter: Exporter
  readonly #unseen: UnseenSpans

  constructor(exporter: Exporter, live: LiveJudge) {
    this.#exporter = exporter
    state.wrapped.set(this, exporter)
    this.#unseen = new UnseenSpans(live)
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
      for (const span of new SpanTree(spans, keyAcrossTraces).parentsFirst()) judged.set(span, this.#judgeSafely(span))
      return spans.map((span) => judged.get(span) ?? span)
    } catch (error) {
      fault('exporter', 'a batch could not be judged', error)
      return spans
    }
  }

  #judgeSafely(span: SpanShape): SpanShape {
    try {
      return isJudged(span) || isJudgedElsewhere(span) ? span : this.#unseen.judged(span)
    } catch (error) {
      fault('exporter', 'a span could not be judged', error)
      return span
    }
  }
}
