import { SPAN_KIND, STATUS } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { attributesOf, numberOf } from './otlp-json-value.ts'
import { resourceFrom } from './recorded-attributes.ts'
import { NO_SPAN_ID, NO_TIME, NO_TRACE_ID, RecordedSpan, spanIdOf, traceIdOf } from './recorded-span.ts'
import { field, isRecord, stringOf } from './unreadable.ts'

/** The span, or why it isn't one. */
export function readSpan(
  span: Readonly<Record<string, unknown>>,
  resource: SpanShape['resource'],
  scope: SpanShape['instrumentationScope'],
): SpanShape | string {
  const traceId = traceIdOf(span['traceId'] ?? span['trace_id'])
  if (traceId === undefined) return `traceId ${NO_TRACE_ID}`
  const spanId = spanIdOf(span['spanId'] ?? span['span_id'])
  if (spanId === undefined) return `spanId ${NO_SPAN_ID}`
  return new RecordedSpan({
    traceId,
    spanId,
    parentSpanId: spanIdOf(span['parentSpanId'] ?? span['parent_span_id']),
    name: stringOf(span['name']),
    kind: enumOf(span['kind'], KINDS, KIND_NAMES, SPAN_KIND.internal),
    status: statusOf(span['status']),
    startTime: timeOf(span['startTimeUnixNano'] ?? span['start_time_unix_nano']),
    attributes: attributesOf(span),
    resource,
    scope,
  })
}

/** The resource, or the scope, that an OTLP JSON object describes. */
export const resourceOf = readOnce<SpanShape['resource']>((resource) => resourceFrom(attributesOf(resource)))

export const scopeOf = readOnce<SpanShape['instrumentationScope']>((scope) => ({
  name: stringOf(field(scope, 'name')),
  version: stringOf(field(scope, 'version')),
}))

/** A document that is taken apart repeats the same resource and scope again and again. */
function readOnce<T extends object>(read: (owner: unknown) => T): (owner: unknown) => T {
  let last: { readonly owner: unknown; readonly known: T } | undefined
  return (owner) => {
    if (last === undefined || last.owner !== owner) last = { owner, known: read(owner) }
    return last.known
  }
}

/** OTLP starts counting at an unspecified kind, the API at internal. */
const KINDS: readonly number[] = [
  SPAN_KIND.internal,
  SPAN_KIND.internal,
  SPAN_KIND.server,
  SPAN_KIND.client,
  SPAN_KIND.producer,
  SPAN_KIND.consumer,
]
const KIND_NAMES = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (name) => `SPAN_KIND_${name}`,
)
const STATUSES: readonly number[] = [STATUS.unset, STATUS.ok, STATUS.error]
const STATUS_NAMES = ['UNSET', 'OK', 'ERROR'].map((name) => `STATUS_CODE_${name}`)

function statusOf(status: unknown): number {
  const code = isRecord(status) ? status['code'] : undefined
  return enumOf(code, STATUSES, STATUS_NAMES, STATUS.unset)
}

function enumOf(value: unknown, values: readonly number[], names: readonly string[], otherwise: number): number {
  if (typeof value === 'number') return values[value] ?? otherwise
  const index = typeof value === 'string' && names.includes(value) ? names.indexOf(value) : numberOf(value ?? 0)
  return values[index] ?? otherwise
}

const NANO_DIGITS = 9
const NANOS_PER_SECOND = 1_000_000_000n

function timeOf(value: unknown): readonly [number, number] {
  if (typeof value === 'string' && value.length > NANO_DIGITS) return timeInDigits(value)
  if (typeof value !== 'string' && typeof value !== 'number') return NO_TIME
  if (!/^\d{1,20}$/u.test(String(value))) return NO_TIME
  const nanos = BigInt(value)
  return [Number(nanos / NANOS_PER_SECOND), Number(nanos % NANOS_PER_SECOND)]
}

const MAX_DIGITS = 20

function timeInDigits(text: string): readonly [number, number] {
  const end = text.length - NANO_DIGITS
  const [seconds, nanoseconds] = [digitsIn(text, 0, end), digitsIn(text, end, text.length)]
  return text.length > MAX_DIGITS || Number.isNaN(seconds + nanoseconds) ? NO_TIME : [seconds, nanoseconds]
}

/** The number that these digits make, or `NaN` if there's anything else among them. */
function digitsIn(text: string, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN
  }
  return number
}

const ZERO = 0x30
