import { SPAN_KIND, STATUS } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { AttributeBag, MAX_DEPTH, nameOf, resourceFrom, textOf } from './recorded-attributes.ts'
import { NO_SPAN_ID, NO_TIME, NO_TRACE_ID, RecordedSpan, spanIdOf, traceIdOf } from './recorded-span.ts'
import { field, isRecord, stringOf } from './unreadable.ts'
import type { Place, Report } from './unreadable.ts'

/**
 * Reads one `ExportTraceServiceRequest` in OTLP JSON (OTLP 1.x, JSON Protobuf Encoding): ids in hex, 64-bit integers as
 * strings or numbers, enums as numbers or names, unknown fields passed over, field names in lowerCamelCase or snake_case.
 * Understood too: ids in base64, as the plain protobuf mapping writes them; the scopes of OTLP before 0.15; what Jaeger's
 * `/api/v3` and Tempo put around a request. Of an attribute given twice the last counts. Never throws: what cannot be
 * read is reported with its place, which begins with `start`.
 */
export function readRequest(request: unknown, report: Report, start = ''): readonly SpanShape[] {
  const reading: Reading = { report, spans: [] }
  const groups = groupsOf(request)
  const place = () => `${start}resourceSpans`
  if (groups === undefined) report({ place: start.slice(0, -1), reason: NO_REQUEST })
  else forEach(groups, place, report, (group, at) => readGroup(group, () => `${place()}[${at}]`, reading))
  return reading.spans
}

/** Whether it is a request, in whatever is put around it. */
export function isRequest(document: unknown): boolean {
  return groupsOf(document) !== undefined
}

const NO_REQUEST = 'this is no ExportTraceServiceRequest: resourceSpans is missing'

/** Wrappers are not wrapped any deeper. */
const MAX_WRAPPERS = 3

function groupsOf(document: unknown, depth = 0): unknown {
  const groups = field(document, 'resourceSpans', 'resource_spans') ?? field(document, 'batches')
  if (groups !== undefined || depth === MAX_WRAPPERS) return groups
  const wrapped = field(document, 'result', 'trace')
  return isRecord(wrapped) ? groupsOf(wrapped, depth + 1) : undefined
}

interface Reading {
  readonly report: Report
  /** What was read so far. */
  readonly spans: SpanShape[]
}

type Json = Readonly<Record<string, unknown>>

function readGroup(group: Json, place: Place, { report, spans }: Reading): void {
  const resource = resourceOf(field(group, 'resource'))
  const scopes = field(group, 'scopeSpans', 'scope_spans', 'instrumentationLibrarySpans') ?? []
  const scopesPlace = () => `${place()}.scopeSpans`
  forEach(scopes, scopesPlace, report, (scopeGroup, at) => {
    const scope = scopeOf(field(scopeGroup, 'scope', 'instrumentationLibrary'))
    const spansPlace = () => `${scopesPlace()}[${at}].spans`
    forEach(scopeGroup['spans'] ?? [], spansPlace, report, (span) => {
      const read = readSpan(span, resource, scope)
      if (typeof read === 'string') return read
      spans.push(read)
      return undefined
    })
  })
}

/** `read` may give back why an entry cannot be read. */
function forEach(
  list: unknown,
  place: Place,
  report: Report,
  read: (entry: Json, index: number) => string | undefined | void,
): void {
  if (!Array.isArray(list)) return report({ place: place(), reason: 'this has to be a list' })
  for (let index = 0; index < list.length; index++) {
    const entry: unknown = list[index]
    const reason = isRecord(entry) ? read(entry, index) : 'this has to be an object'
    if (reason !== undefined) report({ place: `${place()}[${index}]`, reason })
  }
}

/** The span, or why it is none. */
export function readSpan(
  span: Json,
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

/** The resource, or the scope, that an object of OTLP JSON is. */
export const resourceOf = readOnce<SpanShape['resource']>((resource) => resourceFrom(attributesOf(resource)))

export const scopeOf = readOnce<SpanShape['instrumentationScope']>((scope) => ({
  name: stringOf(field(scope, 'name')),
  version: stringOf(field(scope, 'version')),
}))

/** A document that is taken apart brings one resource, and one scope, again and again. */
function readOnce<T extends object>(read: (owner: unknown) => T): (owner: unknown) => T {
  let last: { readonly owner: unknown; readonly known: T } | undefined
  return (owner) => {
    if (last === undefined || last.owner !== owner) last = { owner, known: read(owner) }
    return last.known
  }
}

/** OTLP counts from an unspecified kind, the API from internal. */
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

/** The number that the digits there make; `NaN` where something else stands among them. */
function digitsIn(text: string, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN
  }
  return number
}

const ZERO = 0x30

function attributesOf(owner: unknown): Record<string, unknown> {
  const attributes = new AttributeBag()
  const list = isRecord(owner) ? owner['attributes'] : undefined
  if (!Array.isArray(list)) return attributes
  for (const entry of list as readonly unknown[]) {
    if (!isRecord(entry)) continue
    const { key, value } = entry
    const name = typeof key === 'string' ? nameOf(key) : undefined
    if (name !== undefined) attributes[name] = anyValue(value, 0)
  }
  return attributes
}

function anyValue(value: unknown, depth: number): unknown {
  if (!isRecord(value) || depth > MAX_DEPTH) return undefined
  const text = value['stringValue']
  if (typeof text === 'string') return textOf(text)
  for (const type in value) {
    const read = Object.hasOwn(READERS, type) ? READERS[type as keyof typeof READERS] : undefined
    const content = value[type]
    if (read !== undefined && content !== undefined && content !== null) return read(content, depth)
  }
  return undefined
}

type Read = (content: unknown, depth: number) => unknown

const READERS: Readonly<Record<string, Read>> = {
  stringValue: cut,
  string_value: cut,
  boolValue: (flag) => flag === true || flag === 'true',
  bool_value: (flag) => flag === true || flag === 'true',
  intValue: integerOf,
  int_value: integerOf,
  doubleValue: numberOf,
  double_value: numberOf,
  arrayValue: listOf,
  array_value: listOf,
  kvlistValue: mapOf,
  kvlist_value: mapOf,
  bytesValue: cut,
  bytes_value: cut,
}

function cut(text: unknown): string | undefined {
  return typeof text === 'string' ? textOf(text) : undefined
}

/** A number where it is exact, else its digits. */
function integerOf(value: unknown): unknown {
  const number = numberOf(value)
  return Number.isSafeInteger(number) ? number : cut(value)
}

/** A list or an object is none: to convert one runs what it is made of, which may be deep, or named `toString`. */
function numberOf(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN
}

function listOf(value: unknown, depth: number): unknown {
  const values = field(value, 'values')
  return Array.isArray(values) ? values.map((entry) => anyValue(entry, depth + 1)) : []
}

function mapOf(value: unknown, depth: number): unknown {
  const map = Object.create(null) as Record<string, unknown>
  const values = field(value, 'values')
  if (!Array.isArray(values)) return map
  for (const entry of values) {
    const key = field(entry, 'key')
    if (typeof key === 'string') map[key] = anyValue(field(entry, 'value'), depth + 1)
  }
  return map
}
