import type { SpanShape } from '../model/span.ts'
import { MISSPELLED, misspelledIn } from './misspelled.ts'
import type { Level } from './misspelled.ts'
import { readSpan, resourceOf, scopeOf } from './otlp-json-span.ts'
import type { Complain } from './otlp-json-value.ts'
import { field, isRecord } from './unreadable.ts'
import type { Place, Report } from './unreadable.ts'

/**
 * Reads one `ExportTraceServiceRequest` in OTLP JSON (OTLP 1.x, JSON Protobuf Encoding): ids in hex, 64-bit integers as
 * strings or numbers, enums as numbers or names, field names in lowerCamelCase or snake_case. Skips unknown fields.
 * Also understands ids in base64, as the plain protobuf mapping writes them; the scopes of OTLP before 0.15; and the
 * wrappers that Jaeger's `/api/v3` and Tempo put around a request. If an attribute is given twice, the last one counts.
 * Never throws: reports what it can't read with its place, which begins with `start`.
 */
export function readRequest(request: unknown, report: Report, start = ''): readonly SpanShape[] {
  const reading: Reading = { report, spans: [] }
  const complain = (reason: string) => report({ place: start.slice(0, -1), reason })
  const groups = groupsOf(request, complain)
  const place = () => `${start}resourceSpans`
  if (isRecord(request)) reportMisspelled(request, 'request', () => start.slice(0, -1), report)
  if (groups === undefined) report({ place: start.slice(0, -1), reason: NO_REQUEST })
  else forEach(groups, place, report, (group, at) => readGroup(group, () => `${place()}[${at}]`, reading))
  return reading.spans
}

/** Whether it's a request, whatever wrapper is around it. */
export function isRequest(document: unknown): boolean {
  return groupsOf(document, () => {}) !== undefined
}

const NO_REQUEST = 'this is no ExportTraceServiceRequest: resourceSpans is missing'

/** Wrappers don't nest any deeper. */
const MAX_WRAPPERS = 3

/** The names of the list of a request: those of OTLP, and that of Tempo. */
export const REQUEST_KEYS: readonly string[] = ['resourceSpans', 'resource_spans', 'batches']
const SCOPE_KEYS: readonly string[] = ['scopeSpans', 'scope_spans', 'instrumentationLibrarySpans']

function groupsOf(document: unknown, complain: (reason: string) => void, depth = 0): unknown {
  const groups = listUnder(document, REQUEST_KEYS, complain)
  if (groups !== undefined || depth === MAX_WRAPPERS) return groups
  // One group by itself, as the OTLP JSON exporters of Java print it.
  if (field(document, 'scopeSpans', 'scope_spans') !== undefined) return [document]
  const wrapped = field(document, 'result', 'trace')
  return isRecord(wrapped) ? groupsOf(wrapped, complain, depth + 1) : undefined
}

/** The list under one of the names. If there are several, all of them are read. */
function listUnder(owner: unknown, names: readonly string[], complain: (reason: string) => void): unknown {
  if (!isRecord(owner)) return undefined
  const given = names.filter((name) => owner[name] !== undefined && owner[name] !== null)
  const [first, ...others] = given
  if (first === undefined) return field(owner, ...names)
  if (others.length === 0) return owner[first]
  complain(`${others.join(', ')} beside ${first}: both are read`)
  const lists = given.map((name) => owner[name])
  return lists.every((list) => Array.isArray(list)) ? lists.flat() : lists.find((list) => !Array.isArray(list))
}

interface Reading {
  readonly report: Report
  /** The spans read so far. */
  readonly spans: SpanShape[]
}

type Json = Readonly<Record<string, unknown>>

function readGroup(group: Json, place: Place, { report, spans }: Reading): void {
  reportMisspelled(group, 'group', place, report)
  const resource = resourceOf(
    field(group, 'resource'),
    complaintsAt(() => `${place()}.resource`, report),
  )
  const scopes = listUnder(group, SCOPE_KEYS, (reason) => report({ place: place(), reason })) ?? []
  const scopesPlace = () => `${place()}.scopeSpans`
  forEach(scopes, scopesPlace, report, (scopeGroup, at) => {
    const scopePlace = () => `${scopesPlace()}[${at}].scope`
    const scope = scopeOf(field(scopeGroup, 'scope', 'instrumentationLibrary'), complaintsAt(scopePlace, report))
    if (isGiven(scopeGroup['scope']) && isGiven(scopeGroup['instrumentationLibrary']))
      report({ place: scopePlace(), reason: 'instrumentationLibrary beside scope: the latter counts' })
    reportMisspelled(scopeGroup, 'scopeGroup', () => `${scopesPlace()}[${at}]`, report)
    const spansPlace = () => `${scopesPlace()}[${at}].spans`
    let index = 0
    const complain = complaintsAt(() => `${spansPlace()}[${index}]`, report)
    forEach(scopeGroup['spans'] ?? [], spansPlace, report, (span, current) => {
      index = current
      const read = readSpan(span, resource, scope, complain)
      if (typeof read === 'string') return read
      spans.push(read)
      return undefined
    })
  })
}

function reportMisspelled(owner: Json, level: Level, place: Place, report: Report): void {
  for (const key of misspelledIn(owner, level)) complaintsAt(place, report)(key, MISSPELLED)
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** Complaints about what is at a place. */
export function complaintsAt(place: Place, report: Report): Complain {
  return (where, reason) => report({ place: [place(), where].filter((part) => part !== '').join('.'), reason })
}

/** `read` may return why an entry can't be read. */
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
