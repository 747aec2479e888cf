import type { SpanShape } from '../../model/span.ts'
import { createTraceMemory } from './trace-memory.ts'

/** The spans of one trace that are judged together. */
export interface TraceGroup {
  readonly spans: readonly SpanShape[]
  /** Whether the trace was judged before: these came after its window. */
  readonly late: boolean
}

/** Groups spans by trace and holds at most `capacity` of them. */
export interface TraceWindow {
  readonly late: number
  readonly duplicates: number
  readonly traces: number
  /** Takes a span, and gives back the traces that had to make room. */
  add(span: SpanShape): readonly TraceGroup[]
  /** Gives back the traces that are left. */
  end(): Generator<TraceGroup>
}

/**
 * The trace that was extended least recently makes room first. A span that comes after its trace was judged is late;
 * a span that comes twice counts once, and which of two differing ones does not depend on their order.
 */
export function createWindow(capacity: number): TraceWindow {
  const open = new Map<string, Map<string, SpanShape>>()
  const released = createTraceMemory()
  let latest: { readonly traceId: string; readonly spans: Map<string, SpanShape> } | undefined
  let held = 0
  let late = 0
  let duplicates = 0
  let traces = 0

  function release(traceId: string, spans: Map<string, SpanShape>): TraceGroup {
    const wasJudged = released.has(traceId)
    open.delete(traceId)
    held -= spans.size
    if (wasJudged) late += spans.size
    else traces += 1
    released.add(traceId)
    latest = undefined
    return { spans: [...spans.values()], late: wasJudged }
  }

  /** Spans of one trace mostly come one after the other: it is the latest then already. */
  function traceOf(traceId: string): Map<string, SpanShape> {
    if (latest?.traceId === traceId) return latest.spans
    const spans = open.get(traceId) ?? new Map<string, SpanShape>()
    open.delete(traceId)
    open.set(traceId, spans)
    latest = { traceId, spans }
    return spans
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
    add(span) {
      const { traceId, spanId } = span.spanContext()
      const spans = traceOf(traceId)
      const known = spans.get(spanId)
      if (known === undefined) held += 1
      else duplicates += 1
      spans.set(spanId, known === undefined ? span : fuller(known, span))
      if (held <= capacity) return NO_GROUPS
      const groups: TraceGroup[] = []
      while (held > capacity) {
        const [oldestId, oldest] = open.entries().next().value as [string, Map<string, SpanShape>]
        groups.push(release(oldestId, oldest))
      }
      return groups
    },
    *end() {
      for (const [traceId, spans] of open) yield release(traceId, spans)
    },
  }
}

const NO_GROUPS: readonly TraceGroup[] = []

/** The one that says more; of two that say as much, the one whose text sorts first. */
function fuller(a: SpanShape, b: SpanShape): SpanShape {
  const [aSize, bSize] = [Object.keys(a.attributes).length, Object.keys(b.attributes).length]
  if (aSize !== bSize) return aSize > bSize ? a : b
  return textOf(a) <= textOf(b) ? a : b
}

function textOf({ name, kind, parentSpanContext, startTime, status, attributes }: SpanShape): string {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([name, kind, parentSpanContext?.spanId, startTime, status.code, sorted])
}
