import { SPAN_KIND, STATUS, UNREADABLE_PARENT, UNREADABLE_STATUS } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { MISSPELLED, misspelledIn } from './misspelled.ts'
import { attributesOf, numberOf } from './otlp-json-value.ts'
import type { Complain } from './otlp-json-value.ts'
import { resourceFrom, textOf } from './recorded-attributes.ts'
import { isNoParent, NO_SPAN_ID, NO_TIME, NO_TRACE_ID, RecordedSpan, spanIdOf, traceIdOf } from './recorded-span.ts'
import { field, isRecord, stringOf } from './unreadable.ts'

/** The span, or why it isn't one. Calls `complain` for anything else about it that can't be read. */
export function readSpan(
  span: Readonly<Record<string, unknown>>,
  resource: SpanShape['resource'],
  scope: SpanShape['instrumentationScope'],
  complain: Complain,
): SpanShape | string {
  const traceId = traceIdOf(span['traceId'] ?? span['trace_id'])
  if (traceId === undefined) return `traceId ${NO_TRACE_ID}`
  const spanId = spanIdOf(span['spanId'] ?? span['span_id'])
  if (spanId === undefined) return `spanId ${NO_SPAN_ID}`
  for (const key of misspelledIn(span, 'span')) complain(key, MISSPELLED)
  for (const [name, other] of SPELLINGS) {
    const [one, another] = [span[name], span[other]]
    if (!isAbsent(one) && !isAbsent(another) && one !== another) complain(name, `${other} says something else`)
  }
  return new RecordedSpan({
    traceId,
    spanId,
    parentSpanId: parentOf(span['parentSpanId'] ?? span['parent_span_id'], complain),
    name: nameOf(span['name'], complain),
    kind: kindOf(span['kind'], complain),
    status: statusOf(span['status'], complain),
    startTime: timeOf('startTimeUnixNano', span['startTimeUnixNano'] ?? span['start_time_unix_nano'], complain),
    endTime: timeOf('endTimeUnixNano', span['endTimeUnixNano'] ?? span['end_time_unix_nano'], complain),
    isParentRemote: isParentRemote(span['flags']),
    attributes: attributesOf(span, complain),
    resource,
    scope,
  })
}

/** The fields that are spelled in two ways, of which the first one counts. */
const SPELLINGS = [
  ['traceId', 'trace_id'],
  ['spanId', 'span_id'],
  ['parentSpanId', 'parent_span_id'],
  ['startTimeUnixNano', 'start_time_unix_nano'],
  ['endTimeUnixNano', 'end_time_unix_nano'],
  ['attributes', 'Attributes'],
] as const

/** The resource, or the scope, that an OTLP JSON object describes. */
export const resourceOf = readOnce<SpanShape['resource']>((resource, complain) => {
  if (isAbsent(resource) || isRecord(resource)) return resourceFrom(attributesOf(resource, complain))
  complain('', NO_OBJECT)
  return resourceFrom(attributesOf(undefined, complain))
})

export const scopeOf = readOnce<SpanShape['instrumentationScope']>((scope, complain) => {
  if (!isAbsent(scope) && !isRecord(scope)) complain('', NO_OBJECT)
  return { name: textOf(stringOf(field(scope, 'name'))), version: textOf(stringOf(field(scope, 'version'))) }
})

const NO_OBJECT = 'this has to be an object'

/** A document that is taken apart repeats the same resource and scope again and again. */
function readOnce<T extends object>(
  read: (owner: unknown, complain: Complain) => T,
): (owner: unknown, complain: Complain) => T {
  let last: { readonly owner: unknown; readonly known: T } | undefined
  return (owner, complain) => {
    if (last === undefined || last.owner !== owner) last = { owner, known: read(owner, complain) }
    return last.known
  }
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

/** Without a parent it's a root. Some programs write that as zeros or as an empty text. */
function parentOf(id: unknown, complain: Complain): string | undefined {
  if (isNoParent(id)) return undefined
  const parent = spanIdOf(id)
  if (parent === undefined) complain('parentSpanId', NO_SPAN_ID)
  return parent ?? UNREADABLE_PARENT
}

/** `SpanFlags` of trace.proto: one bit says that it's known whether the parent is remote, the next one whether it is. */
const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200

/** The flags of a span whose parent is remote, for forms that say so in other words. */
export const PARENT_IS_REMOTE = HAS_IS_REMOTE | IS_REMOTE

function isParentRemote(flags: unknown): boolean | undefined {
  const bits = isAbsent(flags) ? undefined : numberOf(flags)
  if (bits === undefined || (bits & HAS_IS_REMOTE) === 0) return undefined
  return (bits & IS_REMOTE) !== 0
}

function nameOf(name: unknown, complain: Complain): string {
  if (!isAbsent(name) && typeof name !== 'string') complain('name', 'this has to be text')
  return stringOf(name)
}

function kindOf(kind: unknown, complain: Complain): number {
  const known = enumOf(kind, KINDS, KIND_NAMES)
  if (known === undefined) complain('kind', 'this is no kind of span')
  return known ?? SPAN_KIND.internal
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

function statusOf(status: unknown, complain: Complain): number {
  if (!isAbsent(status) && !isRecord(status)) {
    complain('status', NO_OBJECT)
    return UNREADABLE_STATUS
  }
  const known = enumOf(field(status, 'code'), STATUSES, STATUS_NAMES)
  if (known === undefined) complain('status.code', 'this is no code of a status')
  return known ?? UNREADABLE_STATUS
}

/** By number, by name, or by the end of its name, as CloudWatch writes it. Undefined if it's none of them. */
function enumOf(value: unknown, values: readonly number[], names: readonly string[]): number | undefined {
  if (typeof value === 'number') return values[value]
  if (isAbsent(value)) return values[0]
  if (typeof value !== 'string') return undefined
  const index = names.findIndex((name) => name === value || name.endsWith(`_${value.toUpperCase()}`))
  return values[index === -1 ? numberOf(value) : index]
}

const NANO_DIGITS = 9
const NANOS_PER_SECOND = 1_000_000_000n

function timeOf(name: string, value: unknown, complain: Complain): readonly [number, number] {
  const time = isAbsent(value) || value === '' ? NO_TIME : readTime(value)
  if (time === undefined) complain(name, 'this is no number of nanoseconds')
  return time ?? NO_TIME
}

function readTime(value: unknown): readonly [number, number] | undefined {
  if (typeof value === 'string' && value.length > NANO_DIGITS) return timeInDigits(value)
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  if (!/^\d{1,20}$/u.test(String(value))) return undefined
  const nanos = BigInt(value)
  return [Number(nanos / NANOS_PER_SECOND), Number(nanos % NANOS_PER_SECOND)]
}

const MAX_DIGITS = 20

function timeInDigits(text: string): readonly [number, number] | undefined {
  const end = text.length - NANO_DIGITS
  const [seconds, nanoseconds] = [digitsIn(text, 0, end), digitsIn(text, end, text.length)]
  return text.length > MAX_DIGITS || Number.isNaN(seconds + nanoseconds) ? undefined : [seconds, nanoseconds]
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
