import { SPAN_KIND, STATUS } from '../model/span.ts'
import type { Attributes, SpanShape } from '../model/span.ts'

/** Something in a request that cannot be read. Everything else of the request is. */
export interface OtlpProblem {
  /** For example `resourceSpans[0].scopeSpans[1].spans[7]`. */
  readonly place: string
  readonly reason: string
}

/**
 * Reads one `ExportTraceServiceRequest` in OTLP JSON (OTLP 1.x, JSON Protobuf Encoding), or a list of them: ids in hex,
 * 64-bit integers as strings or numbers, enums as numbers or names, unknown fields passed over, field names in
 * lowerCamelCase or snake_case. Understood too: ids in base64, as the plain protobuf mapping writes them; the scopes of
 * OTLP before 0.15; what Jaeger's `/api/v3` and Tempo put around a request. Of an attribute given twice the last counts.
 * Never throws: what cannot be read is reported with its place.
 */
export function readRequest(request: unknown, report: Report): Generator<SpanShape> {
  return readDocument(request, '', report, 0)
}

/** A list of requests in a list is none; wrappers are not wrapped any deeper. */
const MAX_WRAPPERS = 3

function* readDocument(document: unknown, place: string, report: Report, depth: number): Generator<SpanShape> {
  if (depth < MAX_WRAPPERS && Array.isArray(document) && !isForeign(document)) {
    for (const [index, request] of document.entries()) {
      yield* readDocument(request, `${place}[${index}]`, report, depth + 1)
    }
    return
  }
  const groups = field(document, 'resourceSpans', 'resource_spans', 'batches')
  if (groups !== undefined) return yield* readGroups(groups, place === '' ? '' : `${place}.`, report)
  const wrapped = field(document, 'result', 'trace')
  if (depth < MAX_WRAPPERS && isRecord(wrapped)) return yield* readDocument(wrapped, place, report, depth + 1)
  report({ place, reason: foreignReason(document) })
}

function* readGroups(groups: unknown, place: string, report: Report): Generator<SpanShape> {
  for (const [groupPlace, group] of entries(groups, `${place}resourceSpans`, report)) {
    yield* readResourceSpans(group, groupPlace, report)
  }
}

function isForeign(document: readonly unknown[]): boolean {
  return isZipkinSpan(document[0])
}

/** What people hand over in place of OTLP traces, and what to do about it. */
function foreignReason(document: unknown): string {
  if (Array.isArray(document) && isForeign(document)) {
    return 'this is Zipkin JSON, not OTLP: send it through a Collector (zipkin receiver, file exporter)'
  }
  if (isJaegerJson(document)) {
    return "this is Jaeger's own JSON, not OTLP: ask Jaeger for /api/v3/traces/TRACE_ID, which answers in OTLP"
  }
  for (const [name, words] of OTHER_SIGNALS) if (field(document, name) !== undefined) return words
  const message = field(field(document, 'error'), 'message')
  if (typeof message === 'string') return `this is the error that a server answered: ${message.slice(0, 200)}`
  return 'this is no ExportTraceServiceRequest: resourceSpans is missing'
}

const OTHER_SIGNALS = [
  ['resourceLogs', 'these are logs, not traces'],
  ['resourceMetrics', 'these are metrics, not traces'],
  ['resourceProfiles', 'these are profiles, not traces'],
] as const

function isZipkinSpan(span: unknown): boolean {
  return field(span, 'traceId') !== undefined && field(span, 'id') !== undefined
}

function isJaegerJson(document: unknown): boolean {
  const data = field(document, 'data')
  const first: unknown = Array.isArray(data) ? data[0] : document
  return field(first, 'traceID') !== undefined
}

type Report = (problem: OtlpProblem) => void

function* readResourceSpans(group: unknown, place: string, report: Report): Generator<SpanShape> {
  const resource = { attributes: attributesOf(field(group, 'resource')) }
  const scopes = field(group, 'scopeSpans', 'scope_spans', 'instrumentationLibrarySpans') ?? []
  for (const [scopePlace, scopeGroup] of entries(scopes, `${place}.scopeSpans`, report)) {
    const scope = scopeOf(field(scopeGroup, 'scope', 'instrumentationLibrary'))
    for (const [spanPlace, span] of entries(field(scopeGroup, 'spans') ?? [], `${scopePlace}.spans`, report)) {
      const read = readSpan(span, resource, scope)
      if (typeof read === 'string') report({ place: spanPlace, reason: read })
      else yield read
    }
  }
}

function* entries(list: unknown, place: string, report: Report): Generator<readonly [string, unknown]> {
  if (!Array.isArray(list)) return report({ place, reason: 'this has to be a list' })
  for (const [index, entry] of list.entries()) {
    if (isRecord(entry)) yield [`${place}[${index}]`, entry]
    else report({ place: `${place}[${index}]`, reason: 'this has to be an object' })
  }
}

/** The span, or why it is none. */
function readSpan(span: unknown, resource: SpanShape['resource'], scope: SpanShape['instrumentationScope']) {
  const traceId = idOf(field(span, 'traceId', 'trace_id'), 32)
  if (traceId === undefined) return 'traceId is not 32 hex digits other than zeros'
  const spanId = idOf(field(span, 'spanId', 'span_id'), 16)
  if (spanId === undefined) return 'spanId is not 16 hex digits other than zeros'
  const parentSpanId = idOf(field(span, 'parentSpanId', 'parent_span_id'), 16)
  const context = { traceId, spanId }
  const read: SpanShape = {
    name: stringOf(field(span, 'name')),
    kind: enumOf(field(span, 'kind'), KINDS, KIND_NAMES, SPAN_KIND.internal),
    spanContext: () => context,
    parentSpanContext: parentSpanId === undefined ? undefined : { traceId, spanId: parentSpanId },
    startTime: timeOf(field(span, 'startTimeUnixNano', 'start_time_unix_nano')),
    status: { code: enumOf(field(field(span, 'status'), 'code'), STATUSES, STATUS_NAMES, STATUS.unset) },
    attributes: attributesOf(span),
    resource,
    instrumentationScope: scope,
  }
  return read
}

function scopeOf(scope: unknown): SpanShape['instrumentationScope'] {
  return { name: stringOf(field(scope, 'name')), version: stringOf(field(scope, 'version')) }
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

function enumOf(value: unknown, values: readonly number[], names: readonly string[], otherwise: number): number {
  const index = typeof value === 'string' && names.includes(value) ? names.indexOf(value) : Number(value ?? 0)
  return values[index] ?? otherwise
}

const NANOS_PER_SECOND = 1_000_000_000n

function timeOf(value: unknown): readonly [number, number] {
  if (typeof value !== 'string' && typeof value !== 'number') return [0, 0]
  if (!/^\d{1,20}$/u.test(String(value))) return [0, 0]
  const nanos = BigInt(value)
  return [Number(nanos / NANOS_PER_SECOND), Number(nanos % NANOS_PER_SECOND)]
}

function idOf(value: unknown, digits: number): string | undefined {
  if (typeof value !== 'string') return undefined
  const hex = value.length === digits ? value.toLowerCase() : Buffer.from(value, 'base64').toString('hex')
  if (hex.length !== digits || !/^[0-9a-f]+$/u.test(hex) || /^0+$/u.test(hex)) return undefined
  return hex
}

/**
 * Prompts and answers can be megabytes long, and no rule reads them: longer text is cut, so that a window of spans has
 * a bounded size.
 */
const MAX_TEXT = 4_096

/** Deeper values are left out: no rule reads them, and recursion has to end. */
const MAX_DEPTH = 8

function attributesOf(owner: unknown): Attributes {
  const attributes = Object.create(null) as Record<string, unknown>
  const list = field(owner, 'attributes')
  if (!Array.isArray(list)) return attributes
  for (const entry of list) {
    const key = field(entry, 'key')
    if (typeof key === 'string') attributes[key] = anyValue(field(entry, 'value'), 0)
  }
  return attributes
}

function anyValue(value: unknown, depth: number): unknown {
  if (!isRecord(value) || depth > MAX_DEPTH) return undefined
  for (const [type, content] of Object.entries(value)) {
    const read = READERS[type as keyof typeof READERS] as Read | undefined
    if (read !== undefined && content !== undefined && content !== null) return read(content, depth)
  }
  return undefined
}

type Read = (content: unknown, depth: number) => unknown

const READERS = {
  stringValue: (text: unknown) => cut(text),
  string_value: (text: unknown) => cut(text),
  boolValue: (flag: unknown) => flag === true || flag === 'true',
  bool_value: (flag: unknown) => flag === true || flag === 'true',
  intValue: integerOf,
  int_value: integerOf,
  doubleValue: Number,
  double_value: Number,
  arrayValue: listOf,
  array_value: listOf,
  kvlistValue: mapOf,
  kvlist_value: mapOf,
  bytesValue: (text: unknown) => cut(text),
  bytes_value: (text: unknown) => cut(text),
} satisfies Record<string, Read>

function cut(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text
}

/** A number where it is exact, else its digits. */
function integerOf(value: unknown): unknown {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : cut(value)
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

function field(owner: unknown, ...names: readonly string[]): unknown {
  if (!isRecord(owner)) return undefined
  const name = names.find((candidate) => Object.hasOwn(owner, candidate))
  return name === undefined ? undefined : owner[name]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
