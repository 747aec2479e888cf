import { createHash } from 'node:crypto'
import { noteOtherRecords, repeatedIn } from '../model/other-records.ts'
import { endMillis } from '../model/span.ts'
import type { Attributes, SpanShape } from '../model/span.ts'
import { originWeight, weightOf } from './span-weight.ts'
import { createTraceMemory } from './trace-memory.ts'

/** The spans of one trace that are judged together. */
export interface TraceGroup {
  readonly spans: readonly SpanShape[]
  /** Whether the trace was judged before: these spans came after its window. */
  readonly late: boolean
}

/** Groups spans by trace and holds at most `capacity` spans, and at most `maxBytes` as `weightOf` estimates them. */
export interface TraceWindow {
  readonly late: number
  readonly duplicates: number
  readonly traces: number
  /** Whether traces had to make room because of their bytes, not of the number of their spans. */
  readonly isCrowded: boolean
  /** Takes a span, and returns the traces that had to make room. */
  add(span: SpanShape): readonly TraceGroup[]
  /** Returns the traces that are left. */
  end(): Generator<TraceGroup>
}

/**
 * The trace that was extended least recently makes room first. A span that comes after its trace was judged is late. A
 * span that comes twice counts once. If the two records differ, the other one stays beside the span for the judge, and
 * which of them is the span doesn't depend on their order.
 */
export function createWindow(capacity: number, maxBytes = Infinity): TraceWindow {
  const open = new Map<string, OpenTrace>()
  const released = createTraceMemory()
  let latest: OpenTrace | undefined
  let held = 0
  let bytes = 0
  let isCrowded = false
  let late = 0
  let duplicates = 0
  let traces = 0

  function release(trace: OpenTrace): TraceGroup {
    const { traceId, spans } = trace
    const wasJudged = released.has(traceId)
    open.delete(traceId)
    held -= spans.length + trace.others
    bytes -= trace.bytes
    trace.noteOthers()
    if (wasJudged) late += spans.length
    else traces += 1
    released.add(traceId)
    latest = undefined
    return { spans, late: wasJudged }
  }

  /** Spans of one trace mostly follow each other, so it's usually the latest one already. */
  function traceOf(traceId: string): OpenTrace {
    if (latest?.traceId === traceId) return latest
    latest = open.get(traceId) ?? new OpenTrace(traceId)
    open.delete(traceId)
    open.set(traceId, latest)
    return latest
  }

  return {
    get late() {
      return late
    },
    get duplicates() {
      return duplicates
    },
    get traces() {
      return traces
    },
    get isCrowded() {
      return isCrowded
    },
    add(span) {
      const { traceId, spanId } = span.spanContext()
      const trace = traceOf(traceId)
      const before = trace.bytes
      const kept = trace.add(spanId, span)
      if (kept !== 'span') duplicates += 1
      if (kept !== 'nothing') held += 1
      bytes += trace.bytes - before
      if (held <= capacity && bytes <= maxBytes) return NO_GROUPS
      isCrowded ||= bytes > maxBytes
      const groups: TraceGroup[] = []
      while (held > capacity || bytes > maxBytes) groups.push(release(open.values().next().value as OpenTrace))
      return groups
    },
    *end() {
      for (const trace of open.values()) yield release(trace)
    },
  }
}

/** A trace without spans, with the place that remembers that it was judged. */
const TRACE_BYTES = 400

/** Up to this many spans, looking at each is faster and takes less memory than an index. */
const FEW = 16

class OpenTrace {
  readonly traceId: string
  readonly spans: SpanShape[] = []
  bytes = 0
  #last: SpanShape | undefined
  /** How many other records of its spans it holds. */
  others = 0
  /** By id, once there are many. */
  #places: Map<string, number> | undefined
  /** The records of the spans that came more than once, each by a digest of what it says. */
  #records: Map<number, Map<string, SpanShape>> | undefined

  constructor(traceId: string) {
    this.traceId = traceId
  }

  /** What of it is new here: the span, another record of a known span, or nothing. */
  add(spanId: string, span: SpanShape): 'span' | 'record' | 'nothing' {
    const place = this.#placeOf(spanId)
    const known = place === undefined ? undefined : this.spans[place]
    if (place === undefined || known === undefined) {
      this.#places?.set(spanId, this.spans.length)
      this.spans.push(span)
      this.#weigh(span)
      return 'span'
    }
    return this.#addRecord(place, known, span) ? 'record' : 'nothing'
  }

  /** Leaves the other records beside their spans. */
  noteOthers(): void {
    for (const [place, known] of this.#records ?? []) {
      const records = [...known.values()]
      const left = records.filter((record) => !records.some((other) => isCompletedBy(record, other)))
      const [span, ...others] = left.toSorted(fullestFirst)
      if (span === undefined) continue
      this.spans[place] = span
      if (others.length > 0) noteOtherRecords(span, others)
    }
  }

  /** Whether it's a record that says something else than those known. */
  #addRecord(place: number, known: SpanShape, span: SpanShape): boolean {
    this.#records ??= new Map()
    const records = this.#records.get(place) ?? new Map([[digestOf(known), known]])
    this.#records.set(place, records)
    const digest = digestOf(span)
    if (records.has(digest)) return false
    records.set(digest, span)
    this.others += 1
    this.#weigh(span)
    return true
  }

  /** Spans that came together share their resource and scope. */
  #weigh(span: SpanShape): void {
    const last = this.#last
    const isSame = last?.resource === span.resource && last.instrumentationScope === span.instrumentationScope
    this.bytes += weightOf(span) + (last === undefined ? TRACE_BYTES : 0) + (isSame ? 0 : originWeight(span))
    this.#last = span
  }

  #placeOf(spanId: string): number | undefined {
    if (this.spans.length > FEW) this.#places ??= new Map(this.spans.map((span, place) => [idOf(span), place]))
    if (this.#places !== undefined) return this.#places.get(spanId)
    const place = this.spans.findIndex((span) => idOf(span) === spanId)
    return place === -1 ? undefined : place
  }
}

function idOf(span: SpanShape): string {
  return span.spanContext().spanId
}

const NO_GROUPS: readonly TraceGroup[] = []

/**
 * Whether a record was written while its span was open, and the other one when it had ended, as some programs do: it
 * then says everything again.
 */
function isCompletedBy(open: SpanShape, ended: SpanShape): boolean {
  if (endMillis(open) !== undefined || endMillis(ended) === undefined || isOtherStart(open, ended)) return false
  if (open.parentSpanContext?.spanId !== ended.parentSpanContext?.spanId) return false
  return isWithin(open.attributes, ended.attributes) && isWithin(open.resource.attributes, ended.resource.attributes)
}

function isOtherStart(a: SpanShape, b: SpanShape): boolean {
  return a.startTime[0] !== b.startTime[0] || a.startTime[1] !== b.startTime[1]
}

function isWithin(some: Attributes, all: Attributes): boolean {
  return Object.keys(some).every((key) => JSON.stringify(some[key]) === JSON.stringify(all[key]))
}

/** The record with more attributes first. If they have equally many, the one whose text sorts first. */
function fullestFirst(a: SpanShape, b: SpanShape): number {
  const more = Object.keys(b.attributes).length - Object.keys(a.attributes).length
  if (more !== 0) return more
  return textOf(a) <= textOf(b) ? -1 : 1
}

function digestOf(span: SpanShape): string {
  return createHash('sha256').update(textOf(span)).digest('base64')
}

function textOf(span: SpanShape): string {
  const { name, kind, parentSpanContext, startTime, status, attributes, resource, instrumentationScope } = span
  const repeated = [attributes, resource.attributes].map((of) => [...(repeatedIn(of) ?? [])])
  const said = [sorted(attributes), sorted(resource.attributes), instrumentationScope.name, repeated]
  return JSON.stringify([
    name,
    kind,
    parentSpanContext?.spanId,
    startTime,
    status.code,
    endMillis(span) !== undefined,
    ...said,
  ])
}

function sorted(attributes: Attributes): readonly (readonly [string, unknown])[] {
  return Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))
}
