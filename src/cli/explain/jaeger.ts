import { startMillis } from '../../model/span.ts'
import type { SpanShape } from '../../model/span.ts'
import { bisect } from './bisect.ts'
import type { Page } from './bisect.ts'
import { foundIn, spansIn } from './jaeger-answer.ts'
import { JaegerClient } from './jaeger-client.ts'
import { isTimeAlone, LIMIT, olderSearchFor, searchFor, wantedOf, windowOf } from './jaeger-query.ts'
import type { Wanted, Window } from './jaeger-query.ts'
import { JaegerError } from './jaeger-request.ts'
import type { JaegerAddress } from './jaeger-request.ts'
import { servicesText, wantedText } from './search-note.ts'
import { searchPlan, servicesToName } from './search-plan.ts'
import type { Selector, SpanOrder } from './selection.ts'
import type { TimeRange } from '../terminal/time.ts'
import { count, printable } from '../terminal/text.ts'

export interface JaegerQuestion {
  readonly selector: Selector
  readonly range: TimeRange
  /** Read every trace in the time range, because Jaeger's search compares text exactly. */
  readonly scan: boolean
}

/** Tells the user how Jaeger answered. */
export interface JaegerReport {
  /** Tells how it was asked. */
  note(text: string): void
  /** Tells that the answer may be less than what Jaeger has, and why. */
  incomplete(reason: string): void
}

/**
 * The spans of every trace that may match, each trace whole. Jaeger's search only says where to look: the caller must
 * choose among them. Uses the current API, and that of v2.13 and older, whose `/api/v3` silently ignores attributes.
 *
 * Throws a `JaegerError` if Jaeger can't be asked at all. Later failures are reported, and the rest is read.
 */
export async function* jaegerSpans(
  address: JaegerAddress,
  { selector, range, scan }: JaegerQuestion,
  report: JaegerReport,
): AsyncGenerator<SpanShape> {
  const client = new JaegerClient(address, report.incomplete)
  const search = new Search(client, windowOf(range, selector, Date.now()), report)
  try {
    if (selector.by === 'trace' && selector.traceId.length === TRACE_ID_DIGITS) {
      yield* search.trace(selector.traceId.toLowerCase())
    } else {
      // A span may have inherited the rest: it's checked when the trace is whole.
      const [first] = selector.by === 'trace' ? [] : selector.filters
      if (first === undefined || scan) yield* search.everything()
      else yield* search.having(wantedOf(first))
    }
  } catch (error) {
    if (!(error instanceof JaegerError) || !client.hasAnswered) throw error
    report.incomplete(error.message)
  } finally {
    // A caller that has found enough stops reading.
    if (search.summary !== '') report.note(search.summary)
  }
}

/** The order in which `jaegerSpans` yields the spans. */
export function jaegerOrder({ selector, scan }: JaegerQuestion): SpanOrder {
  return { isByTrace: true, isByTime: isTimeAlone(selector) || scan }
}

const TRACE_ID_DIGITS = 32

/** As many as are held of a file while looking for a trace. */
const MAX_TRACE_SPANS = 200_000

interface TracePage extends Page {
  readonly traces: ReadonlyMap<string, readonly SpanShape[]>
  /** Traces too large for an answer that holds others. */
  readonly broken: readonly string[]
}

class Search {
  /** How Jaeger was asked. Empty for one trace. */
  get summary(): string {
    return this.#how === '' ? '' : `${this.#how}; ${count(this.#seen.size, 'trace')} read${this.#hint}`
  }
  readonly #client: JaegerClient
  readonly #window: Window
  readonly #report: JaegerReport
  readonly #seen = new Set<string>()
  #how = ''
  #hint = ''

  constructor(client: JaegerClient, window: Window, report: JaegerReport) {
    this.#client = client
    this.#window = window
    this.#report = report
  }

  /** One trace, up to a limit. */
  async *trace(traceId: string): AsyncGenerator<SpanShape> {
    const pieces = await this.#client.ask(`/api/v3/traces/${traceId}`, { rawTraces: 'true', raw_traces: 'true' })
    if (pieces === undefined) return
    const spans = spansIn(pieces, this.#report.incomplete)
    let read = 0
    for (let next = await spans.next(); ; next = await spans.next()) {
      if (next.done === true) {
        if (!next.value)
          this.#report.incomplete(`trace ${traceId} is too large and was cut after ${count(read, 'span')}`)
        return
      }
      yield next.value
      if (++read < MAX_TRACE_SPANS) continue
      await spans.return(true)
      this.#report.incomplete(`trace ${traceId} was cut after ${count(read, 'span')}`)
      return
    }
  }

  /** Every trace in the time range, in order of time. */
  async *everything(): AsyncGenerator<SpanShape> {
    const services = await servicesToName(this.#client, this.#window)
    this.#summarize(`every trace${servicesText(services)}`)
    const ask = (window: Window) => this.#pageOfAll(window, services)
    for await (const page of this.#pages('reading every trace', ask, true)) yield* this.#newOf(page)
  }

  /** The traces in which a span has one of these attributes. */
  async *having(wanted: readonly Wanted[]): AsyncGenerator<SpanShape> {
    const { doesFilter, services } = await searchPlan(this.#client, this.#window)
    this.#summarize(`searched${servicesText(services)} for ${wantedText(wanted)}`)
    if (wanted.length > 1) this.#hint = '; it compares text exactly: --scan reads every trace of that time instead'
    for (const service of services) {
      for (const one of wanted) {
        if (service === undefined || doesFilter) yield* this.#found(service, one)
        else yield* this.#foundByOlderSearch(service, one)
      }
    }
  }

  async *#found(service: string | undefined, wanted?: Wanted): AsyncGenerator<SpanShape> {
    const what = `a search${service === undefined ? '' : ` of ${printable(service)}`}`
    for await (const page of this.#pages(what, (window) => this.#page(window, service, wanted)))
      yield* this.#newOf(page)
  }

  async *#newOf({ traces, broken }: TracePage): AsyncGenerator<SpanShape> {
    for (const [traceId, spans] of traces) if (this.#isNew(traceId)) yield* spans
    for (const traceId of broken) if (this.#isNew(traceId)) yield* this.#client.attemptEach(this.trace(traceId))
  }

  /** The same time window for every service. If one fails, only its part is lost. */
  async #pageOfAll(window: Window, services: readonly (string | undefined)[]): Promise<TracePage> {
    const pages: TracePage[] = []
    for (const service of services) {
      const page = await this.#client.attempt(this.#page(window, service))
      if (page !== undefined) pages.push(page)
    }
    return {
      traces: new Map(
        pages
          .flatMap(({ traces }) => [...traces])
          .toSorted(([, a], [, b]) => firstStartMillis(a) - firstStartMillis(b)),
      ),
      starts: pages.flatMap(({ starts }) => starts),
      broken: pages.flatMap(({ broken }) => broken),
      isFull: pages.some(({ isFull }) => isFull),
    }
  }

  async #page(window: Window, service?: string, wanted?: Wanted): Promise<TracePage> {
    const traces = new Map<string, SpanShape[]>()
    const pieces = await this.#client.ask('/api/v3/traces', searchFor(window, LIMIT, service, wanted))
    const spans = spansIn(pieces ?? nothing(), this.#report.incomplete)
    let last = ''
    let next = await spans.next()
    for (; next.done !== true; next = await spans.next()) {
      last = next.value.spanContext().traceId
      const known = traces.get(last)
      if (known === undefined) traces.set(last, [next.value])
      else known.push(next.value)
    }
    const starts = [...traces.values()].map(firstStartMillis)
    const isWhole = next.value
    // The answer was too large and ended within its last trace.
    if (!isWhole) traces.delete(last)
    return { traces, starts, broken: isWhole ? [] : [last], isFull: !isWhole || starts.length >= LIMIT }
  }

  async *#foundByOlderSearch(service: string, wanted: Wanted): AsyncGenerator<SpanShape> {
    const what = `a search of ${printable(service)}`
    const ask = async (window: Window) => {
      const pieces = await this.#client.ask('/api/traces', olderSearchFor(window, service, wanted))
      const found = await foundIn(pieces ?? nothing(), this.#report.incomplete)
      const isFull = found === undefined || found.size >= LIMIT
      return { ids: [...(found?.keys() ?? [])], starts: [...(found?.values() ?? [])], isFull }
    }
    for await (const { ids } of this.#pages(what, ask)) {
      for (const traceId of ids) if (this.#isNew(traceId)) yield* this.#client.attemptEach(this.trace(traceId))
    }
  }

  #pages<P extends Page>(what: string, ask: (window: Window) => Promise<P>, isInOrder = false): AsyncGenerator<P> {
    return bisect(this.#window, {
      ask: (window) => this.#client.attempt(ask(window)),
      onCut: (at) =>
        this.#report.incomplete(`${what} was cut: too many traces at ${new Date(at).toISOString()}, or too large ones`),
      isInOrder,
    })
  }

  #isNew(traceId: string): boolean {
    if (this.#seen.has(traceId)) return false
    this.#seen.add(traceId)
    return true
  }

  #summarize(how: string): void {
    const { since, until } = this.#window
    this.#how = `Jaeger from ${new Date(since).toISOString()} to ${new Date(until).toISOString()}: ${how}`
  }
}

function firstStartMillis(spans: readonly SpanShape[]): number {
  return spans.reduce((first, span) => Math.min(first, startMillis(span)), Infinity)
}

async function* nothing(): AsyncGenerator<string> {}
