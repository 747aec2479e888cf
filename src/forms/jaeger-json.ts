import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import { SPAN_KIND, STATUS, UNREADABLE_PARENT } from '../model/span.ts'
import type { Attributes, SpanShape } from '../model/span.ts'
import { AttributeBag, nameOf, putAttribute, resourceFrom, textOf, valueFrom } from '../otlp/recorded-attributes.ts'
import {
  endOf,
  isNoParent,
  NO_SPAN_ID,
  NO_TIME,
  NO_TRACE_ID,
  RecordedSpan,
  spanIdOf,
  timeOfMicroseconds,
  traceIdOf,
} from '../otlp/recorded-span.ts'
import { field, isRecord, stringOf } from '../otlp/unreadable.ts'
import type { Place, Report } from '../otlp/unreadable.ts'

/** Whether it's a trace in Jaeger's own JSON: one entry of what `/api/traces` answers and Jaeger UI downloads. */
export function isJaegerTrace(document: unknown): boolean {
  return field(document, 'traceID') !== undefined && Array.isArray(field(document, 'spans'))
}

/** Whether it's one span of such a trace. If Jaeger stores the span by itself, it includes its own process. */
export function isJaegerSpan(document: unknown): boolean {
  return field(document, 'traceID') !== undefined && field(document, 'spanID') !== undefined
}

/** Reads one trace. Reports what it can't read with its place, which begins with `start`. */
export function readJaegerTrace(trace: unknown, report: Report, start = ''): readonly SpanShape[] {
  const reader = new JaegerTraceReader(report)
  reader.addProcesses(field(trace, 'processes'), () => `${start}processes`)
  const spans: unknown = field(trace, 'spans')
  if (Array.isArray(spans)) spans.forEach((span: unknown, at) => reader.addSpan(span, () => `${start}spans[${at}]`))
  return reader.end()
}

/** A resource that spans may share before it's known. */
interface OpenResource {
  attributes: Attributes
}

/** At most this many spans wait for their processes, which Jaeger writes after them. */
const MAX_WAITING = 200_000

/** Reads a trace piece by piece. Its spans wait for the processes that they name. */
export class JaegerTraceReader {
  readonly #report: Report
  #known = new Map<string, OpenResource>()
  #awaited = new Map<string, OpenResource>()
  #spans: SpanShape[] = []

  constructor(report: Report) {
    this.#report = report
  }

  addSpan(span: unknown, place: Place): void {
    if (!isRecord(span)) return this.#report({ place: place(), reason: 'this has to be an object' })
    const read = readSpan(span, this.#resourceOf(span), (reason) => this.#report({ place: place(), reason }))
    if (read !== undefined) this.#spans.push(read)
  }

  addProcesses(processes: unknown, place: Place): void {
    if (processes === undefined || processes === null) return
    if (!isRecord(processes)) return this.#report({ place: place(), reason: 'this has to be an object' })
    for (const [id, process] of Object.entries(processes)) {
      const resource = this.#awaited.get(id) ?? { attributes: NONE }
      resource.attributes = processAttributes(process, (reason) => this.#report({ place: `${place()}.${id}`, reason }))
      this.#awaited.delete(id)
      this.#known.set(id, resource)
    }
  }

  /** The spans that no longer wait for anything. */
  take(): readonly SpanShape[] {
    if (this.#awaited.size > 0 && this.#spans.length < MAX_WAITING) return []
    if (this.#awaited.size > 0) this.#giveUp(`more than ${MAX_WAITING} spans stand before their processes`)
    const spans = this.#spans
    this.#spans = []
    return spans
  }

  /** Ends the trace. */
  end(): readonly SpanShape[] {
    const missing = [...this.#awaited.keys()].slice(0, MAX_NAMED)
    if (missing.length > 0) this.#giveUp(`no process has the id that spans name: ${missing.join(', ')}`)
    return this.take()
  }

  /** Ends a trace that breaks off. Its processes are cut off too, so they aren't reported as missing. */
  breakOff(): readonly SpanShape[] {
    this.#awaited = new Map()
    return this.take()
  }

  #giveUp(why: string): void {
    this.#report({ place: 'processes', reason: `${why}; the resource of these spans is not known` })
    this.#awaited = new Map()
  }

  #resourceOf(span: Readonly<Record<string, unknown>>): SpanShape['resource'] {
    if (isRecord(span['process']))
      return { attributes: processAttributes(span['process'], (reason) => this.#report({ place: 'process', reason })) }
    const id = stringOf(span['processID'])
    const resource = this.#known.get(id) ?? this.#awaited.get(id)
    if (resource !== undefined) return resource
    const awaited = { attributes: NONE }
    this.#awaited.set(id, awaited)
    return awaited
  }
}

const NONE: Attributes = new AttributeBag()
const MAX_NAMED = 5

type Json = Readonly<Record<string, unknown>>
type Complain = (reason: string) => void

function readSpan(span: Json, resource: SpanShape['resource'], complain: Complain): SpanShape | undefined {
  const traceId = traceIdOf(padded(span['traceID'], TRACE_DIGITS))
  if (traceId === undefined) return void complain(`traceID ${NO_TRACE_ID}`)
  const spanId = spanIdOf(padded(span['spanID'], SPAN_DIGITS))
  if (spanId === undefined) return void complain(`spanID ${NO_SPAN_ID}`)
  const startTime = timeOfMicroseconds(span['startTime'])
  if (startTime === undefined) complain('startTime is no number of microseconds')
  const { attributes, meant } = readTags(span['tags'], complain)
  return new RecordedSpan({
    traceId,
    spanId,
    parentSpanId: parentOf(span, traceId, complain),
    name: stringOf(span['operationName']),
    kind: KINDS.get(stringOf(meant['span.kind'])) ?? SPAN_KIND.internal,
    status: statusOf(meant),
    startTime: startTime ?? NO_TIME,
    endTime: endOf(span['startTime'], span['duration']),
    attributes,
    resource,
    scope: {
      name: stringOf(meant['otel.scope.name'] ?? meant['otel.library.name']),
      version: stringOf(meant['otel.scope.version'] ?? meant['otel.library.version']),
    },
  })
}

const [TRACE_DIGITS, SPAN_DIGITS] = [32, 16]

/** Jaeger drops the leading zeros of an id, and half of a trace id if they're all zeros. */
function padded(id: unknown, digits: number): unknown {
  return typeof id === 'string' && /^[\da-f]+$/iu.test(id) ? id.padStart(digits, '0') : undefined
}

const REFERENCES = ['CHILD_OF', 'FOLLOWS_FROM'] as const

/**
 * The parent as Jaeger itself finds it, in the span's own trace: what the span is a child of, otherwise what it follows
 * from. Before there were references, the span named its parent itself.
 */
function parentOf(span: Json, traceId: string, complain: Complain): string | undefined {
  const list: unknown = span['references'] ?? []
  if (!Array.isArray(list)) {
    complain('references has to be a list')
    return UNREADABLE_PARENT
  }
  const odd = list.find((reference) => !isReference(reference))
  if (odd !== undefined) complain('a reference names no trace, or is of no known type')
  const own = list.filter((reference) => isOfTrace(reference, traceId))
  const [childOf, followsFrom] = REFERENCES.map((type) => own.find((reference) => field(reference, 'refType') === type))
  const named = field(childOf, 'spanID') ?? (span['parentSpanID'] || field(followsFrom, 'spanID'))
  if (isNoParent(named) || (typeof named === 'string' && /^0+$/u.test(named)))
    return odd === undefined ? undefined : UNREADABLE_PARENT
  const parent = spanIdOf(padded(named, SPAN_DIGITS))
  if (parent === undefined) complain(`the id of its parent ${NO_SPAN_ID}`)
  return parent ?? UNREADABLE_PARENT
}

/** A reference to another trace is a link. */
function isReference(reference: unknown): boolean {
  const id = field(reference, 'traceID')
  if (id !== undefined && traceIdOf(padded(id, TRACE_DIGITS)) === undefined) return false
  return REFERENCES.some((type) => field(reference, 'refType') === type)
}

function isOfTrace(reference: unknown, traceId: string): boolean {
  const id = field(reference, 'traceID')
  return id === undefined || traceIdOf(padded(id, TRACE_DIGITS)) === traceId
}

const KINDS: ReadonlyMap<string, number> = new Map([
  ['internal', SPAN_KIND.internal],
  ['server', SPAN_KIND.server],
  ['client', SPAN_KIND.client],
  ['producer', SPAN_KIND.producer],
  ['consumer', SPAN_KIND.consumer],
])

/** Tags that weren't attributes: they hold what Jaeger has no field for. */
const MEANT: ReadonlySet<string> = new Set([
  'span.kind',
  'otel.status_code',
  'otel.status_description',
  'otel.scope.name',
  'otel.scope.version',
  'otel.library.name',
  'otel.library.version',
  'w3c.tracestate',
])

interface Tags {
  readonly attributes: Attributes
  readonly meant: Json
}

function readTags(tags: unknown, complain: Complain): Tags {
  const attributes = new AttributeBag()
  const meant = new AttributeBag()
  if (tags === undefined || tags === null) return { attributes, meant }
  if (!Array.isArray(tags)) {
    complain('tags has to be a list')
    return { attributes, meant }
  }
  for (const tag of tags as readonly unknown[]) {
    const key = field(tag, 'key')
    if (typeof key !== 'string') complain('a tag has no key')
    const name = typeof key === 'string' ? nameOf(key) : undefined
    if (name === undefined) continue
    const value = tagValue(field(tag, 'type'), field(tag, 'value'))
    const isMeant = MEANT.has(name) || (name === ERROR && value === true)
    if (isMeant && name in meant && meant[name] !== value) complain(`the tag ${name} is given twice`)
    if (isMeant) meant[name] = value
    else putAttribute(attributes, name, value)
  }
  return { attributes, meant }
}

const ERROR = 'error'

/** Jaeger relies on the tag `error`. */
function statusOf(meant: Json): number {
  if (meant[ERROR] === true) return STATUS.error
  const code = stringOf(meant['otel.status_code']).toUpperCase()
  if (code === 'ERROR') return STATUS.error
  return code === 'OK' ? STATUS.ok : STATUS.unset
}

/** For a tag with a type. A 64-bit integer may be text. A list is already JSON text. */
function tagValue(type: unknown, value: unknown): unknown {
  switch (stringOf(type).toLowerCase()) {
    case 'bool':
      return value === true || value === 'true'
    case 'int64':
      return integerOf(value)
    case 'float64':
      return typeof value === 'string' ? Number(value) : valueFrom(value)
    case 'binary':
      return { bytes: valueFrom(value) }
    default:
      return valueFrom(value)
  }
}

/** A number if it's exact, otherwise its digits. */
function integerOf(value: unknown): unknown {
  if (typeof value !== 'string') return valueFrom(value)
  const number = Number(value)
  return value !== '' && Number.isSafeInteger(number) ? number : textOf(value)
}

function processAttributes(process: unknown, complain: Complain): Attributes {
  const attributes = new AttributeBag()
  const service = field(process, 'serviceName')
  if (typeof service === 'string' && service !== '') attributes[ATTR_SERVICE_NAME] = textOf(service)
  const tags: unknown = field(process, 'tags')
  if (tags !== undefined && tags !== null && !Array.isArray(tags)) complain('tags has to be a list')
  for (const tag of Array.isArray(tags) ? (tags as readonly unknown[]) : []) {
    const key = field(tag, 'key')
    const name = typeof key === 'string' ? nameOf(key) : undefined
    if (name !== undefined) putAttribute(attributes, name, tagValue(field(tag, 'type'), field(tag, 'value')))
  }
  return resourceFrom(attributes).attributes
}
