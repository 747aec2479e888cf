import { SPAN_KIND, STATUS, UNREADABLE_PARENT } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { CUT } from './inspected.ts'
import { attributesFrom, MAX_DEPTH, nameOf, resourceFrom } from '../otlp/recorded-attributes.ts'
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
import type { Report } from '../otlp/unreadable.ts'

/** Whether it's a span as the console exporter of the JavaScript SDK prints it. Zipkin's ids have the same names. */
export function isConsoleSpan(document: unknown): boolean {
  const isNamed = field(document, 'traceId') !== undefined && field(document, 'id') !== undefined
  return isNamed && isRecord(document) && Object.hasOwn(document, 'attributes')
}

/** Reads one span. Reports an attribute that the exporter showed only in part: it prints nothing below a depth of 3. */
export function readConsoleSpan(span: unknown, report: Report, place = ''): readonly SpanShape[] {
  const complain = (reason: string) => report({ place, reason })
  const traceId = traceIdOf(field(span, 'traceId'))
  if (traceId === undefined) return unread(complain, `traceId ${NO_TRACE_ID}`)
  const spanId = spanIdOf(field(span, 'id'))
  if (spanId === undefined) return unread(complain, `id ${NO_SPAN_ID}`)
  const startTime = timeOfMicroseconds(field(span, 'timestamp'))
  if (startTime === undefined) complain('timestamp is no number of microseconds')
  const attributes = whole(field(span, 'attributes'), 'attributes', complain)
  const resource = whole(field(field(span, 'resource'), 'attributes'), 'resource.attributes', complain)
  return [
    new RecordedSpan({
      traceId,
      spanId,
      parentSpanId: parentOf(span, complain),
      name: stringOf(field(span, 'name')),
      kind: numberIn(KINDS, field(span, 'kind'), SPAN_KIND.internal),
      status: numberIn(STATUSES, field(field(span, 'status'), 'code'), STATUS.unset),
      startTime: startTime ?? NO_TIME,
      endTime: endOf(field(span, 'timestamp'), field(span, 'duration')),
      isParentRemote: field(field(span, 'parentSpanContext'), 'isRemote') === true ? true : undefined,
      attributes: attributesFrom(attributes),
      resource: resourceFrom(attributesFrom(resource)),
      scope: scopeOf(field(span, 'instrumentationScope') ?? field(span, 'instrumentationLibrary')),
    }),
  ]
}

function unread(complain: (reason: string) => void, reason: string): readonly SpanShape[] {
  complain(reason)
  return []
}

/** SDK 1.x names the parent's id, SDK 2.x the parent's context. */
function parentOf(span: unknown, complain: (reason: string) => void): string | undefined {
  const id = field(field(span, 'parentSpanContext'), 'spanId') ?? field(span, 'parentId', 'parentSpanId')
  if (isNoParent(id)) return undefined
  const parent = spanIdOf(id)
  if (parent === undefined) complain(`the id of its parent ${NO_SPAN_ID}`)
  return parent ?? UNREADABLE_PARENT
}

const KINDS: readonly number[] = Object.values(SPAN_KIND)
const STATUSES: readonly number[] = Object.values(STATUS)

function numberIn(known: readonly number[], value: unknown, otherwise: number): number {
  return known.find((number) => number === value) ?? otherwise
}

/** The members, without those that weren't shown. */
function whole(members: unknown, what: string, complain: (reason: string) => void): unknown {
  if (members === CUT) complain(`${what} ${NOT_SHOWN}`)
  else if (members !== undefined && members !== null && !isRecord(members)) complain(`${what} has to be an object`)
  if (!isRecord(members)) return undefined
  const cut = Object.keys(members).filter((key) => nameOf(key) !== undefined && holdsCut(members[key]))
  for (const key of cut) complain(`${what}[${JSON.stringify(key)}] ${NOT_SHOWN}`)
  return cut.length === 0
    ? members
    : Object.fromEntries(Object.entries(members).map(([key, value]) => [key, shown(value)]))
}

const NOT_SHOWN = 'was not printed whole by the console exporter'

/** Anything deeper isn't kept. */
function holdsCut(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value === CUT
  return Object.values(value).some((member) => holdsCut(member, depth + 1))
}

function shown(value: unknown): unknown {
  if (value === CUT) return undefined
  if (Array.isArray(value)) return value.filter((entry) => entry !== CUT).map(shown)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shown(member)]))
}

function scopeOf(scope: unknown): SpanShape['instrumentationScope'] {
  return { name: stringOf(field(scope, 'name')), version: stringOf(field(scope, 'version')) }
}
