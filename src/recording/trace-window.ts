import type { SpanShape } from '../model/span.ts'
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
 * span that comes twice counts once, and if the two differ, which one stays doesn't depend on their order.
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
    held -= spans.length
    bytes -= trace.bytes
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
      if (trace.add(spanId, span)) held += 1
      else duplicates += 1
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
  /** By id, once there are many. */
  #places: Map<string, number> | undefined

  constructor(traceId: string) {
    this.traceId = traceId
  }

  /** Whether the span is new here. */
  add(spanId: string, span: SpanShape): boolean {
    const place = this.#placeOf(spanId)
    const known = place === undefined ? undefined : this.spans[place]
    if (place === undefined || known === undefined) {
      this.#places?.set(spanId, this.spans.length)
      this.spans.push(span)
      this.#weigh(span)
      return true
    }
    const kept = fuller(known, span)
    if (kept !== known) this.#weigh(span)
    this.spans[place] = kept
    return false
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

/** The span with more attributes. If they have equally many, the one whose text sorts first. */
function fuller(a: SpanShape, b: SpanShape): SpanShape {
  const [aSize, bSize] = [Object.keys(a.attributes).length, Object.keys(b.attributes).length]
  if (aSize !== bSize) return aSize > bSize ? a : b
  return textOf(a) <= textOf(b) ? a : b
}

function textOf({ name, kind, parentSpanContext, startTime, status, attributes }: SpanShape): string {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([name, kind, parentSpanContext?.spanId, startTime, status.code, sorted])
}
