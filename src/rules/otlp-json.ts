import { SPAN_KIND, STATUS } from '../model/span.ts'
import type { Attributes, SpanShape } from '../model/span.ts'
import { answering, sharedText } from './shared-text.ts'

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
    const place = () => `${start}resourceSpans`
    return forEach(groups, place, report, (group, at) => readGroup(group, () => `${place()}[${at}]`, reading))
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
/** Places are put into words only where something is wrong with them. */
type Place = () => string

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
function readSpan(
  span: Json,
  resource: SpanShape['resource'],
  scope: SpanShape['instrumentationScope'],
): SpanShape | string {
  const traceId = idOf(span['traceId'] ?? span['trace_id'], TRACE_ID)
  if (traceId === undefined) return 'traceId is not 32 hex digits other than zeros'
  const spanId = idOf(span['spanId'] ?? span['span_id'], SPAN_ID)
  if (spanId === undefined) return 'spanId is not 16 hex digits other than zeros'
  return new RecordedSpan(span, traceId, spanId, resource, scope)
}

/** A window holds many of them: what can be made again from less is made when it is asked for. */
class RecordedSpan implements SpanShape {
  readonly name: string
  readonly kind: number
  readonly status: { readonly code: number }
  readonly attributes: Attributes
  readonly resource: SpanShape['resource']
  readonly instrumentationScope: SpanShape['instrumentationScope']
  readonly #traceId: string
  readonly #spanId: string
  readonly #parentSpanId: string | undefined
  readonly #seconds: number
  readonly #nanoseconds: number

  constructor(
    span: Json,
    traceId: string,
    spanId: string,
    resource: SpanShape['resource'],
    scope: SpanShape['instrumentationScope'],
  ) {
    const [seconds, nanoseconds] = timeOf(span['startTimeUnixNano'] ?? span['start_time_unix_nano'])
    this.name = sharedText(stringOf(span['name']))
    this.kind = enumOf(span['kind'], KINDS, KIND_NAMES, SPAN_KIND.internal)
    this.status = statusOf(span['status'])
    this.attributes = attributesOf(span)
    this.resource = resource
    this.instrumentationScope = scope
    this.#traceId = traceId
    this.#spanId = spanId
    this.#parentSpanId = idOf(span['parentSpanId'] ?? span['parent_span_id'], SPAN_ID)
    this.#seconds = seconds
    this.#nanoseconds = nanoseconds
  }

  get parentSpanContext(): SpanShape['parentSpanContext'] {
    return this.#parentSpanId === undefined ? undefined : { traceId: this.#traceId, spanId: this.#parentSpanId }
  }

  get startTime(): readonly [number, number] {
    return [this.#seconds, this.#nanoseconds]
  }

  spanContext(): { readonly traceId: string; readonly spanId: string } {
    return { traceId: this.#traceId, spanId: this.#spanId }
  }
}

const resourceOf = readOnce<SpanShape['resource']>((resource) => ({ attributes: attributesOf(resource) }))

const scopeOf = readOnce<SpanShape['instrumentationScope']>((scope) => ({
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

/** Thousands of spans share them. */
const STATUS_OBJECTS: readonly { readonly code: number }[] = STATUSES.map((code) => ({ code }))
const UNSET = { code: STATUS.unset }

function statusOf(status: unknown): { readonly code: number } {
  const code = isRecord(status) ? status['code'] : undefined
  return STATUS_OBJECTS[enumOf(code, STATUSES, STATUS_NAMES, STATUS.unset)] ?? UNSET
}

function enumOf(value: unknown, values: readonly number[], names: readonly string[], otherwise: number): number {
  if (typeof value === 'number') return values[value] ?? otherwise
  const index = typeof value === 'string' && names.includes(value) ? names.indexOf(value) : numberOf(value ?? 0)
  return values[index] ?? otherwise
}

const NANO_DIGITS = 9
const NANOS_PER_SECOND = 1_000_000_000n
const NO_TIME: readonly [number, number] = [0, 0]

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

interface IdForm {
  readonly digits: number
  readonly hex: RegExp
  readonly zeros: string
}

const TRACE_ID: IdForm = { digits: 32, hex: /^[\da-f]{32}$/u, zeros: '0'.repeat(32) }
const SPAN_ID: IdForm = { digits: 16, hex: /^[\da-f]{16}$/u, zeros: '0'.repeat(16) }

function idOf(value: unknown, form: IdForm): string | undefined {
  if (typeof value !== 'string') return undefined
  const hex = form.hex.test(value) ? value : hexOf(value, form)
  return hex === undefined || hex === form.zeros ? undefined : sharedText(hex)
}

/** Of an id in capitals or in base64. */
function hexOf(id: string, { digits, hex }: IdForm): string | undefined {
  const text = id.length === digits ? id.toLowerCase() : Buffer.from(id, 'base64').toString('hex')
  return hex.test(text) ? text : undefined
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

/** The key in the form in which V8 keeps the names of properties, so that it need not look for it again; not of bulk. */
const nameOf = answering((key) => (BULK.test(key) ? undefined : Object.keys({ [key]: true })[0]))

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

/** A piece of a text holds on to the whole of it: a copy does not. */
function textOf(text: string): string {
  return text.length > MAX_TEXT ? Buffer.from(text.slice(0, MAX_TEXT), 'utf16le').toString('utf16le') : sharedText(text)
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
  for (const name of names) if (Object.hasOwn(owner, name)) return owner[name]
  return undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
