import { SPAN_KIND, STATUS, UNREADABLE_PARENT } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { attributesFrom, resourceFrom } from '../otlp/recorded-attributes.ts'
import {
  isNoParent,
  NO_SPAN_ID,
  NO_TIME,
  NO_TRACE_ID,
  RecordedSpan,
  spanIdOf,
  timeOfIsoText,
  traceIdOf,
} from '../otlp/recorded-span.ts'
import { field, isRecord, stringOf } from '../otlp/unreadable.ts'
import type { Report } from '../otlp/unreadable.ts'

/** Whether it's a span as `to_json` of the Python SDK, and therefore its console exporter, writes it. */
export function isPythonSpan(document: unknown): boolean {
  const context = field(document, 'context')
  if (isRecord(context)) return field(context, 'trace_id') !== undefined
  return context === null && field(document, 'parent_id') !== undefined
}

/** Reads one span. The Python SDK doesn't write a scope. */
export function readPythonSpan(span: unknown, report: Report, place = ''): readonly SpanShape[] {
  const complain = (reason: string) => report({ place, reason })
  const context = field(span, 'context')
  const traceId = traceIdOf(withoutPrefix(field(context, 'trace_id')))
  if (traceId === undefined) return unread(complain, `context.trace_id ${NO_TRACE_ID}`)
  const spanId = spanIdOf(withoutPrefix(field(context, 'span_id')))
  if (spanId === undefined) return unread(complain, `context.span_id ${NO_SPAN_ID}`)
  return [
    new RecordedSpan({
      traceId,
      spanId,
      parentSpanId: parentOf(field(span, 'parent_id'), complain),
      name: stringOf(field(span, 'name')),
      kind: KINDS.get(lastWord(field(span, 'kind'))) ?? SPAN_KIND.internal,
      status: STATUSES.get(lastWord(field(field(span, 'status'), 'status_code', 'canonical_code'))) ?? STATUS.unset,
      startTime: startOf(field(span, 'start_time'), complain),
      endTime: timeOfIsoText(field(span, 'end_time')),
      attributes: attributesFrom(membersIn(field(span, 'attributes'), complain)),
      resource: resourceOf(field(span, 'resource')),
      scope: scopeOf(field(span, 'instrumentation_scope', 'instrumentation_info')),
    }),
  ]
}

function membersIn(attributes: unknown, complain: (reason: string) => void): unknown {
  if (attributes !== undefined && attributes !== null && !isRecord(attributes))
    complain('attributes has to be an object')
  return attributes
}

function unread(complain: (reason: string) => void, reason: string): readonly SpanShape[] {
  complain(reason)
  return []
}

function withoutPrefix(id: unknown): unknown {
  return typeof id === 'string' && id.startsWith('0x') ? id.slice(2) : id
}

function parentOf(id: unknown, complain: (reason: string) => void): string | undefined {
  if (isNoParent(withoutPrefix(id))) return undefined
  const parent = spanIdOf(withoutPrefix(id))
  if (parent === undefined) complain(`parent_id ${NO_SPAN_ID}`)
  return parent ?? UNREADABLE_PARENT
}

const KINDS: ReadonlyMap<string, number> = new Map([
  ['INTERNAL', SPAN_KIND.internal],
  ['SERVER', SPAN_KIND.server],
  ['CLIENT', SPAN_KIND.client],
  ['PRODUCER', SPAN_KIND.producer],
  ['CONSUMER', SPAN_KIND.consumer],
])

const STATUSES: ReadonlyMap<string, number> = new Map([
  ['OK', STATUS.ok],
  ['ERROR', STATUS.error],
])

/** Reads both `SpanKind.CLIENT` and the bare name `CLIENT`. */
function lastWord(name: unknown): string {
  return stringOf(name).split('.').at(-1)?.toUpperCase() ?? ''
}

function startOf(time: unknown, complain: (reason: string) => void): readonly [number, number] {
  if (time === undefined || time === null) return NO_TIME
  const start = timeOfIsoText(time)
  if (start === undefined) complain('start_time is no time in ISO 8601')
  return start ?? NO_TIME
}

/** Before 1.15, the resource was its attributes, without a wrapper. */
function resourceOf(resource: unknown): SpanShape['resource'] {
  const attributes = field(resource, 'attributes')
  return resourceFrom(attributesFrom(isRecord(attributes) ? attributes : resource))
}

function scopeOf(scope: unknown): SpanShape['instrumentationScope'] {
  return { name: stringOf(field(scope, 'name')), version: stringOf(field(scope, 'version')) }
}
