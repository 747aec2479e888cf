import type { Context } from '@opentelemetry/api'
import type { Around, ExporterClass } from './env-exporters.ts'
import type { SpanShape } from '../model/span.ts'
import { EXPORT } from '../runtime/span/live-span.ts'
import type { Exporter, ExportResult, LiveSpan, Processor } from '../runtime/span/live-span.ts'

const MAX_SPANS = 4_096
const SAMPLED = 1

/** Ended spans that an exporter of this class has not sent yet. */
export interface Outstanding {
  readonly exporter: ExporterClass
  readonly spans: ReadonlySet<SpanShape>
  /** Whether its last export failed. */
  readonly isFailing: boolean
}

/** Keeps track, in `into`, of the spans that wait behind each of the environment's exporters. */
export function keepingAccount(into: Outstanding[]): Around {
  return (exporter, made, batch) => {
    const account = { exporter: made, spans: new Set<SpanShape>(), isFailing: false }
    const processor = batch(new Accounted(exporter, account))
    if (processor === undefined) return undefined
    into.push(account)
    return new Accounting(processor, account.spans)
  }
}

interface Account extends Outstanding {
  readonly spans: Set<SpanShape>
  isFailing: boolean
}

class Accounting implements Processor {
  /** Not a private field, so that code that looks for its exporter finds it. */
  readonly exporting: Processor
  readonly #spans: Set<SpanShape>

  constructor(exporting: Processor, spans: Set<SpanShape>) {
    this.exporting = exporting
    this.#spans = spans
  }

  onStart(span: LiveSpan, parentContext: Context): void {
    this.exporting.onStart(span, parentContext)
  }

  onEnd(span: SpanShape): void {
    if (isSampled(span)) this.#keep(span)
    this.exporting.onEnd(span)
  }

  forceFlush(): Promise<void> {
    return this.exporting.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.exporting.shutdown()
  }

  /** The batch processor drops the spans beyond this number, too. */
  #keep(span: SpanShape): void {
    this.#spans.add(span)
    if (this.#spans.size <= MAX_SPANS) return
    for (const oldest of this.#spans) {
      this.#spans.delete(oldest)
      return
    }
  }
}

class Accounted implements Exporter {
  readonly #exporter: Exporter
  readonly #account: Account

  constructor(exporter: Exporter, account: Account) {
    this.#exporter = exporter
    this.#account = account
  }

  /** A failed export has been reported and won't be sent again, now or at the end. */
  export(spans: SpanShape[], resultCallback: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      for (const span of spans) this.#account.spans.delete(span)
      this.#account.isFailing = result.code !== EXPORT.success
      resultCallback(result)
    })
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.()
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }
}

function isSampled(span: SpanShape): boolean {
  const { traceFlags = SAMPLED } = span.spanContext() as { readonly traceFlags?: number }
  return (traceFlags & SAMPLED) !== 0
}
