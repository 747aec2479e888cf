import { inspect } from 'node:util'
import { plainMembers } from './spans.ts'
import type { WireSpan } from './spans.ts'

/** What the console exporter of the JavaScript SDK prints of a span: the object that it makes, by the real `inspect`. */
export function consoleText(span: WireSpan): string {
  const parent = { traceId: span.traceId, spanId: span.parentSpanId, traceFlags: 1, traceState: undefined }
  const shown = {
    resource: { attributes: plainMembers(span.resource) },
    instrumentationScope: { ...span.scope, schemaUrl: undefined },
    traceId: span.traceId,
    parentSpanContext: span.parentSpanId === undefined ? undefined : parent,
    traceState: undefined,
    name: span.name,
    id: span.spanId,
    kind: Math.max(span.kind - 1, 0),
    timestamp: Number(span.startNanos / 1_000n),
    duration: 572.62,
    attributes: plainMembers(span.attributes),
    status: { code: span.status },
    events: [{ name: 'e', attributes: { list: ['a'] }, time: [1, 2], droppedAttributesCount: 0 }],
    links: [],
  }
  return `${inspect(shown, { customInspect: false, depth: 3, breakLength: 80 })}\n`
}

const KINDS = ['INTERNAL', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const
const STATUSES = ['UNSET', 'OK', 'ERROR'] as const
const MICROS = 1_000_000n

/** What `to_json` of the Python SDK makes of a span; with an indentation as its console exporter prints it. */
export function pythonText(span: WireSpan, indentation?: number): string {
  const micros = span.startNanos / 1_000n
  const seconds = new Date(Number(micros / MICROS) * 1_000).toISOString().slice(0, -'.000Z'.length)
  const time = `${seconds}.${String(micros % MICROS).padStart(6, '0')}Z`
  const shown = {
    name: span.name,
    context: { trace_id: `0x${span.traceId}`, span_id: `0x${span.spanId}`, trace_state: '[]' },
    kind: `SpanKind.${KINDS[span.kind]}`,
    parent_id: span.parentSpanId === undefined ? null : `0x${span.parentSpanId}`,
    start_time: time,
    end_time: time,
    status: { status_code: STATUSES[span.status] },
    attributes: plainMembers(span.attributes),
    events: [{ name: 'e', timestamp: time, attributes: {} }],
    links: [],
    resource: { attributes: plainMembers(span.resource), schema_url: '' },
  }
  return `${JSON.stringify(shown, null, indentation)}\n`
}
