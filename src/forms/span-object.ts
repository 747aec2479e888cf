import type { SpanShape } from '../model/span.ts'
import { PARENT_IS_REMOTE, readSpan, resourceOf, scopeOf } from '../otlp/otlp-json-span.ts'
import type { Complain } from '../otlp/otlp-json-value.ts'
import { complaintsAt } from '../otlp/otlp-json.ts'
import { nanosOf, timeOfIsoText } from '../otlp/recorded-span.ts'
import { field, isRecord } from '../otlp/unreadable.ts'
import type { Report } from '../otlp/unreadable.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * Whether it's one span by itself, with its resource and scope in it, as the files of Copilot and Gemini CLI and the log
 * group `aws/spans` of CloudWatch hold it. A span of OTLP alone is one too.
 */
export function isSpanObject(document: unknown): boolean {
  if (!isRecord(document) || typeof document['name'] !== 'string' || !('attributes' in document)) return false
  if (LOG_KEYS.some((key) => key in document)) return false
  const context = contextOf(document)
  return field(context, 'traceId', 'trace_id') !== undefined && field(context, 'spanId', 'span_id') !== undefined
}

/** A log record has the ids of the span that it was written in. */
const LOG_KEYS = ['body', 'severityText', 'severityNumber', 'severity_text', 'severity_number']

/**
 * Whether it's a log record or a metric, which Copilot and Gemini CLI write to the same file. Neither says what an agent
 * did that its spans don't.
 */
export function isOtherRecord(document: unknown): boolean {
  const type = field(document, 'type')
  if (type === 'metric' || type === 'log') return true
  if (field(document, 'scopeMetrics') !== undefined) return true
  return field(document, 'hrTime') !== undefined && field(document, 'hrTimeObserved') !== undefined
}

/** Reads one span. */
export function readSpanObject(document: unknown, report: Report, place = ''): readonly SpanShape[] {
  const span: Json = isRecord(document) ? document : {}
  const complain = complaintsAt(() => place, report)
  const resource = resourceOf(resourceIn(span['resource']), below('resource', complain))
  const scope = scopeOf(
    field(span, 'scope', 'instrumentationScope', 'instrumentationLibrary'),
    below('scope', complain),
  )
  const read = readSpan(asOtlp(span), resource, scope, complain)
  if (typeof read !== 'string') return [read]
  report({ place, reason: read })
  return []
}

/** A span object of the JavaScript SDK keeps its ids in a member, which JSON shows under the name of the private field. */
function contextOf(span: Json): unknown {
  return isRecord(span['_spanContext']) ? span['_spanContext'] : span
}

function asOtlp(span: Json): Json {
  const context = contextOf(span)
  return {
    ...span,
    traceId: field(context, 'traceId', 'trace_id'),
    spanId: field(context, 'spanId', 'span_id'),
    parentSpanId:
      field(span['parentSpanContext'], 'spanId') ?? field(span, 'parentSpanId', 'parent_span_id', 'parentId'),
    ...startOf(field(span, 'startTime', 'start_time'), span['kind']),
    ...endOf(field(span, 'endTime', 'end_time')),
    ...(field(span['parentSpanContext'], 'isRemote') === true ? { flags: PARENT_IS_REMOTE } : {}),
  }
}

/** The SDK writes a time as seconds and nanoseconds, and counts kinds from internal. OTLP counts from unspecified. */
function startOf(start: unknown, kind: unknown): Json {
  if (isPair(start)) return { startTimeUnixNano: nanosOf(start), kind: shifted(kind) }
  const time = timeOfIsoText(start)
  if (time !== undefined) return { startTimeUnixNano: nanosOf(time) }
  return start === undefined ? {} : { startTimeUnixNano: start }
}

function endOf(end: unknown): Json {
  const time = isPair(end) ? end : timeOfIsoText(end)
  if (time !== undefined) return { endTimeUnixNano: nanosOf(time) }
  return end === undefined ? {} : { endTimeUnixNano: end }
}

function isPair(time: unknown): time is readonly [number, number] {
  return Array.isArray(time) && time.length === 2 && time.every((part) => Number.isSafeInteger(part) && part >= 0)
}

function shifted(kind: unknown): unknown {
  return typeof kind === 'number' ? kind + 1 : kind
}

/** A resource object of the SDK: its attributes are in a private field, in 2.x as pairs. */
function resourceIn(resource: unknown): unknown {
  if (!isRecord(resource) || isRecord(resource['attributes']) || Array.isArray(resource['attributes'])) return resource
  const pairs = resource['_rawAttributes']
  // Of two values of one attribute, the SDK takes the first one.
  if (Array.isArray(pairs)) return { attributes: Object.fromEntries(pairs.filter(isNamed).toReversed()) as unknown }
  return { attributes: resource['_attributes'] ?? resource['_syncAttributes'] }
}

function isNamed(pair: unknown): pair is readonly [string, unknown] {
  return Array.isArray(pair) && typeof pair[0] === 'string'
}

function below(name: string, complain: Complain): Complain {
  return (where, reason) => complain(where === '' ? name : `${name}.${where}`, reason)
}
