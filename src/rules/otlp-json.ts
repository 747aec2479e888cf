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
export function readRequest(request: unknown, report: Report): readonly SpanShape[] {
  const spans: SpanShape[] = []
  readDocument(request, { place: '', report, spans }, 0)
  return spans
}

interface Reading {
  readonly place: string
  readonly report: Report
  /** What was read so far. */
  readonly spans: SpanShape[]
}

/** A list of requests in a list is none; wrappers are not wrapped any deeper. */
const MAX_WRAPPERS = 3

function readDocument(document: unknown, reading: Reading, depth: number): void {
  const { place, report } = reading
  if (depth < MAX_WRAPPERS && Array.isArray(document) && !isForeign(document)) {
    for (const [index, request] of document.entries()) {
      readDocument(request, { ...reading, place: `${place}[${index}]` }, depth + 1)
    }
    return
  }
  const groups = field(document, 'resourceSpans', 'resource_spans') ?? field(document, 'batches')
  const start = place === '' ? '' : `${place}.`
  if (groups !== undefined) {
    return forEach(
      groups,
      () => `${start}resourceSpans`,
      report,
      (group, at) => readGroup(group, at, reading),
    )
  }
  const wrapped = field(document, 'result', 'trace')
  if (depth < MAX_WRAPPERS && isRecord(wrapped)) return readDocument(wrapped, reading, depth + 1)
  report({ place, reason: foreignReason(document) })
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

type Json = Readonly<Record<string, unknown>>
type Place = () => string

function readGroup(group: Json, place: Place, { report, spans }: Reading): void {
  const resource = resourceOf(field(group, 'resource'))
  const scopes = field(group, 'scopeSpans', 'scope_spans', 'instrumentationLibrarySpans') ?? []
  forEach(
    scopes,
    () => `${place()}.scopeSpans`,
    report,
    (scopeGroup, scopePlace) => {
      const scope = scopeOf(field(scopeGroup, 'scope', 'instrumentationLibrary'))
      forEach(
        scopeGroup['spans'] ?? [],
        () => `${scopePlace()}.spans`,
        report,
        (span, spanPlace) => {
          const read = readSpan(span, resource, scope)
          if (typeof read === 'string') report({ place: spanPlace(), reason: read })
          else spans.push(read)
        },
      )
    },
  )
}

/** Places are put into words only where something is wrong with them. */
function forEach(list: unknown, place: Place, report: Report, read: (entry: Json, place: Place) => void): void {
  if (!Array.isArray(list)) return report({ place: place(), reason: 'this has to be a list' })
  for (let index = 0; index < list.length; index++) {
    const entry: unknown = list[index]
    const entryPlace = () => `${place()}[${index}]`
    if (isRecord(entry)) read(entry, entryPlace)
    else report({ place: entryPlace(), reason: 'this has to be an object' })
  }
}

/** The span, or why it is none. */
function readSpan(
  span: Json,
  resource: SpanShape['resource'],
  scope: SpanShape['instrumentationScope'],
): SpanShape | string {
  const traceId = idOf(span['traceId'] ?? span['trace_id'], TRACE_DIGITS)
  if (traceId === undefined) return 'traceId is not 32 hex digits other than zeros'
  const spanId = idOf(span['spanId'] ?? span['span_id'], SPAN_DIGITS)
  if (spanId === undefined) return 'spanId is not 16 hex digits other than zeros'
  return new RecordedSpan(span, { traceId, spanId }, resource, scope)
}

class RecordedSpan implements SpanShape {
  readonly name: string
  readonly kind: number
  readonly parentSpanContext: SpanShape['parentSpanContext']
  readonly startTime: readonly [number, number]
  readonly status: { readonly code: number }
  readonly attributes: Attributes
  readonly resource: SpanShape['resource']
  readonly instrumentationScope: SpanShape['instrumentationScope']
  readonly #context: { readonly traceId: string; readonly spanId: string }

  constructor(
    span: Json,
    context: { readonly traceId: string; readonly spanId: string },
    resource: SpanShape['resource'],
    scope: SpanShape['instrumentationScope'],
  ) {
    const parentSpanId = idOf(span['parentSpanId'] ?? span['parent_span_id'], SPAN_DIGITS)
    this.#context = context
    this.name = stringOf(span['name'])
    this.kind = enumOf(span['kind'], KINDS, KIND_NAMES, SPAN_KIND.internal)
    this.parentSpanContext = parentSpanId === undefined ? undefined : { traceId: context.traceId, spanId: parentSpanId }
    this.startTime = timeOf(span['startTimeUnixNano'] ?? span['start_time_unix_nano'])
    this.status = STATUS_OBJECTS[enumOf(field(span['status'], 'code'), STATUSES, STATUS_NAMES, STATUS.unset)] ?? UNSET
    this.attributes = attributesOf(span)
    this.resource = resource
    this.instrumentationScope = scope
  }

  spanContext(): { readonly traceId: string; readonly spanId: string } {
    return this.#context
  }
}

/** A document that is taken apart brings one resource again and again. */
function resourceOf(resource: unknown): SpanShape['resource'] {
  if (!isRecord(resource)) return { attributes: attributesOf(undefined) }
  const known = RESOURCES.get(resource)
  if (known !== undefined) return known
  const read = { attributes: attributesOf(resource) }
  RESOURCES.set(resource, read)
  return read
}

const RESOURCES = new WeakMap<object, SpanShape['resource']>()

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

/** Thousands of spans share them. */
const STATUS_OBJECTS: readonly { readonly code: number }[] = STATUSES.map((code) => ({ code }))
const UNSET = { code: STATUS.unset }

function enumOf(value: unknown, values: readonly number[], names: readonly string[], otherwise: number): number {
  if (typeof value === 'number') return values[value] ?? otherwise
  const index = typeof value === 'string' && names.includes(value) ? names.indexOf(value) : numberOf(value ?? 0)
  return values[index] ?? otherwise
}

const NANO_DIGITS = 9
const NANOS_PER_SECOND = 1_000_000_000n
const NO_TIME: readonly [number, number] = [0, 0]

function timeOf(value: unknown): readonly [number, number] {
  if (typeof value !== 'string' && typeof value !== 'number') return NO_TIME
  if (!/^\d{1,20}$/u.test(String(value))) return NO_TIME
  if (typeof value === 'string' && value.length > NANO_DIGITS) {
    return [Number(value.slice(0, -NANO_DIGITS)), Number(value.slice(-NANO_DIGITS))]
  }
  const nanos = BigInt(value)
  return [Number(nanos / NANOS_PER_SECOND), Number(nanos % NANOS_PER_SECOND)]
}

const TRACE_DIGITS = 32
const SPAN_DIGITS = 16
const ZEROS = '0'.repeat(TRACE_DIGITS)

function idOf(value: unknown, digits: number): string | undefined {
  if (typeof value !== 'string') return undefined
  const hex = value.length === digits ? value.toLowerCase() : Buffer.from(value, 'base64').toString('hex')
  if (hex.length !== digits || !/^[0-9a-f]+$/u.test(hex) || ZEROS.startsWith(hex)) return undefined
  return hex
}

/** Longer text is cut, and nothing deeper is kept, so that a window of spans has a bounded size. No rule reads that far. */
const MAX_TEXT = 4_096
const MAX_DEPTH = 8

/**
 * Attributes without a prototype, so that no key of a span means anything. Made by a constructor and not by
 * `Object.create`: spans of one instrumentation then share one layout, which is smaller and faster.
 */
const AttributeBag = function AttributeBag() {} as unknown as new () => Record<string, unknown>
Object.defineProperty(AttributeBag, 'prototype', { value: Object.create(null) as object })

function attributesOf(owner: unknown): Attributes {
  const attributes = new AttributeBag()
  const list = field(owner, 'attributes')
  if (!Array.isArray(list)) return attributes
  for (const entry of list as readonly unknown[]) {
    if (!isRecord(entry)) continue
    const { key, value } = entry
    if (typeof key === 'string' && !isBulk(key)) attributes[key] = anyValue(value, 0)
  }
  return attributes
}

/** What models were told and said, and what tools were handed: most of every recording, and no rule reads it. */
const BULK = new RegExp(
  `^(?:${[
    String.raw`gen_ai\.(?:prompt|completion|input\.messages|output\.messages|system_instructions)`,
    String.raw`gen_ai\.tool\.(?:definitions|call\.(?:arguments|result))`,
    String.raw`llm\.(?:input_messages|output_messages|prompts|completions|tools|invocation_parameters)`,
    String.raw`ai\.(?:prompt|response\.(?:text|object|toolCalls|reasoning)|toolCall\.(?:args|result)|schema)`,
    String.raw`(?:traceloop\.entity|langfuse\.(?:observation|trace)|langwatch|mastra)\.(?:input|output)`,
    String.raw`gcp\.vertex\.agent\.(?:llm_request|llm_response)`,
    String.raw`genkit:(?:input|output)`,
    String.raw`(?:input|output)\.value|retrieval\.documents`,
  ].join('|')})(?:[._]|$)`,
  'u',
)

const MAX_KEYS = 10_000
const KNOWN_KEYS = new Map<string, boolean>()

/** Keys are few and come again with every span. */
function isBulk(key: string): boolean {
  const known = KNOWN_KEYS.get(key)
  if (known !== undefined) return known
  const bulk = BULK.test(key)
  if (KNOWN_KEYS.size < MAX_KEYS) KNOWN_KEYS.set(key, bulk)
  return bulk
}

function anyValue(value: unknown, depth: number): unknown {
  if (!isRecord(value) || depth > MAX_DEPTH) return undefined
  const text = value['stringValue']
  if (typeof text === 'string') return cut(text)
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

/** A piece of a text holds on to the whole of it: a copy does not. */
function cut(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  return text.length > MAX_TEXT ? Buffer.from(text.slice(0, MAX_TEXT), 'utf16le').toString('utf16le') : text
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
