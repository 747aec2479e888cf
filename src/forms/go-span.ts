import { STATUS } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { PARENT_IS_REMOTE, readSpan, resourceOf, scopeOf } from '../otlp/otlp-json-span.ts'
import { complaintsAt } from '../otlp/otlp-json.ts'
import { nanosOf, timeOfIsoText } from '../otlp/recorded-span.ts'
import { field, stringOf } from '../otlp/unreadable.ts'
import type { Report } from '../otlp/unreadable.ts'

/** Whether it's a span as the `stdouttrace` exporter of the Go SDK prints it. */
export function isGoSpan(document: unknown): boolean {
  return field(field(document, 'SpanContext'), 'TraceID') !== undefined
}

/** Reads one span. */
export function readGoSpan(span: unknown, report: Report, place = ''): readonly SpanShape[] {
  const complain = complaintsAt(() => place, report)
  const start = timeOfIsoText(field(span, 'StartTime'))
  const end = timeOfIsoText(field(span, 'EndTime'))
  const otlp = {
    traceId: field(field(span, 'SpanContext'), 'TraceID'),
    spanId: field(field(span, 'SpanContext'), 'SpanID'),
    parentSpanId: field(field(span, 'Parent'), 'SpanID'),
    name: field(span, 'Name'),
    kind: field(span, 'SpanKind'),
    status: { code: STATUSES.get(stringOf(field(field(span, 'Status'), 'Code'))) ?? STATUS.unset },
    startTimeUnixNano: start === undefined ? field(span, 'StartTime') : nanosOf(start),
    endTimeUnixNano: end === undefined ? undefined : nanosOf(end),
    flags: field(field(span, 'Parent'), 'Remote') === true ? PARENT_IS_REMOTE : undefined,
    attributes: field(span, 'Attributes'),
  }
  const resource = resourceOf({ attributes: field(span, 'Resource') }, complain)
  const read = readSpan(otlp, resource, scopeIn(span), complain)
  if (typeof read !== 'string') return [read]
  report({ place, reason: read })
  return []
}

const STATUSES: ReadonlyMap<string, number> = new Map([
  ['Ok', STATUS.ok],
  ['Error', STATUS.error],
])

function scopeIn(span: unknown): SpanShape['instrumentationScope'] {
  const scope = field(span, 'InstrumentationScope', 'InstrumentationLibrary')
  return scopeOf({ name: field(scope, 'Name'), version: field(scope, 'Version') }, () => {})
}
