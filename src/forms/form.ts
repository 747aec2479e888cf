import { isRequest } from '../otlp/otlp-json.ts'
import { isConsoleSpan } from './console-span.ts'
import { isJaegerSpan, isJaegerTrace } from './jaeger-json.ts'
import { isGoSpan } from './go-span.ts'
import { isPythonSpan } from './python-span.ts'
import { isOtherRecord, isSpanObject } from './span-object.ts'
import { field, isRecord } from '../otlp/unreadable.ts'

/** The forms that traces are recorded in. Each is recognized by its content, never by a file name. */

export type DocumentForm =
  'OTLP' | 'Jaeger trace' | 'Jaeger span' | 'Python span' | 'console span' | 'Go span' | 'span object' | 'other record'

/** The form of a document that was read from text. Undefined if it doesn't hold traces. */
export function formOf(document: unknown): DocumentForm | undefined {
  if (isRequest(document)) return 'OTLP'
  if (isJaegerTrace(document)) return 'Jaeger trace'
  if (isJaegerSpan(document)) return 'Jaeger span'
  if (isExport(document)) return undefined
  if (isPythonSpan(document)) return 'Python span'
  if (isConsoleSpan(document)) return 'console span'
  if (isGoSpan(document)) return 'Go span'
  if (isOtherRecord(document)) return 'other record'
  return isSpanObject(document) ? 'span object' : undefined
}

/** Something that a product exports in a form of its own, which lacks what attribution needs. */
function isExport(document: unknown): boolean {
  return EXPORTS.some(({ has }) => has(document))
}

/** What people provide instead of traces, and what to do about it. */
export function foreignReason(document: unknown): string {
  const exported = EXPORTS.find(({ has }) => has(Array.isArray(document) ? (document as unknown[])[0] : document))
  if (exported !== undefined) return exported.words
  if (isZipkinSpan(document) || (Array.isArray(document) && isForeignList(document))) {
    return 'this is Zipkin JSON, not OTLP: send it through a Collector (zipkin receiver, file exporter)'
  }
  for (const [name, words] of OTHER_SIGNALS) if (field(document, name) !== undefined) return words
  const message = field(field(document, 'error'), 'message')
  if (typeof message === 'string') return `this is the error that a server answered: ${message.slice(0, MAX_MESSAGE)}`
  if (!isRecord(document)) return 'this has to be an object'
  return NO_TRACE
}

/** What is said of a JSON document that isn't any of those that people provide instead of traces. */
export const NO_TRACE =
  'this is no trace in a form that is known: OTLP (resourceSpans is missing), Jaeger, or a span of a console exporter'

interface Export {
  readonly has: (document: unknown) => boolean
  readonly words: string
}

/** Exports of products, and how to get OTLP from each. */
const EXPORTS: readonly Export[] = [
  {
    has: (document) =>
      has(document, 'traceID', 'rootTraceName') ||
      has(document, 'traceID', 'rootServiceName') ||
      holds(document, 'traces', 'traceID'),
    words:
      "this is the answer of a search in Tempo, which names traces but doesn't hold their spans: get each as OTLP from /api/v2/traces/ID",
  },
  {
    has: (document) =>
      has(document, 'context.trace_id') || (has(document, 'context', 'span_kind') && !has(document, 'resource')),
    words:
      'this is an export of Phoenix, which has no resource and no instrumentation scope: get OTLP from /v1/projects/PROJECT/spans/otlpv1',
  },
  {
    has: (document) =>
      has(document, 'run_type') &&
      (has(document, 'dotted_order') || has(document, 'trace_id') || has(document, 'session_id')),
    words:
      'this is an export of LangSmith runs, not of spans: let the app send OTLP to a Collector as well (LANGSMITH_OTEL_ENABLED=true, then the file exporter)',
  },
  {
    has: (document) =>
      has(document, 'observations', 'projectId') ||
      has(document, 'parentObservationId') ||
      has(document, 'traceId', 'type', 'projectId') ||
      has(document, 'observations', 'scores') ||
      has(document, 'observations', 'htmlPath'),
    words:
      'this is an export of Langfuse observations, not of spans: let the app send its OTLP to a Collector as well (file exporter), which passes it on to Langfuse',
  },
  {
    has: (document) => holds(document, 'Traces', 'Segments') || has(document, 'trace_id', 'subsegments'),
    words:
      'these are segments of X-Ray, not spans: let X-Ray store spans (Transaction Search), and read the log group aws/spans',
  },
  {
    has: (document) => has(document, 'trace_id', 'span_id', 'service', 'meta') && has(document, 'resource', 'duration'),
    words: "this is a trace in Datadog's form, not OTLP: send it through a Collector (datadog receiver, file exporter)",
  },
]

function has(document: unknown, ...names: readonly string[]): boolean {
  return names.every((name) => field(document, name) !== undefined)
}

/** Whether the first of a list under this name has such a member. */
function holds(document: unknown, list: string, name: string): boolean {
  const entries = field(document, list)
  return Array.isArray(entries) && has(entries[0], name)
}

/** Quotes at most this many characters of someone else's message. */
export const MAX_MESSAGE = 200

const OTHER_SIGNALS = [
  ['resourceLogs', 'these are logs, not traces'],
  ['resourceMetrics', 'these are metrics, not traces'],
  ['resourceProfiles', 'these are profiles, not traces'],
] as const

/** Whether one complaint covers a whole list. */
export function isForeignList(documents: readonly unknown[]): boolean {
  const [first] = documents
  return isExport(first) || (isZipkinSpan(first) && formOf(first) === undefined)
}

function isZipkinSpan(span: unknown): boolean {
  return has(span, 'traceId', 'id')
}

/** Whether a line begins a document, whatever is still open. Nothing inside a document begins a line like this. */
export function beginsDocument(line: string): boolean {
  return line.startsWith('{') && (beginsRequest(line) || FIRST_KEYS.test(line))
}

/** Whether a line begins an OTLP request. */
export function beginsRequest(line: string): boolean {
  return line.startsWith('{') && /^\{\s*"resource_?[sS]pans"/u.test(line)
}

/** Whether this is the first line after a brace that is alone at the start of its line and begins a document. */
export function goesOnDocument(line: string): boolean {
  return REQUEST_KEY.test(line) || INDENTED_KEY.test(line)
}

const REQUEST_KEY = /^\s*"resource_?[sS]pans"\s*:/u
/** If keys are indented, so are the braces inside a document. */
const INDENTED_KEY = /^\s+(?:"(?:data|traceID|name|Name)"|resource|traceId)\s*:/u
const FIRST_KEYS = new RegExp(
  `^\\{\\s*(?:${[
    String.raw`"data"\s*:\s*\[`,
    String.raw`"traceID"\s*:\s*"[\da-fA-F]*"\s*,\s*"spans"\s*:`,
    String.raw`"name"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*"context"\s*:`,
    // Copilot and Gemini CLI, CloudWatch, and the Go SDK: one record a line.
    String.raw`"type"\s*:\s*"(?:span|metric|log)"`,
    String.raw`"resource"\s*:\s*\{\s*"attributes"\s*:\s*\{`,
    String.raw`"Name"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*"SpanContext"\s*:`,
  ].join('|')})`,
  'u',
)

export type BinaryForm = 'request' | 'messages' | 'varint messages'

/**
 * What non-text bytes hold, by how they begin: one request in protobuf; or messages, each after its length, which is
 * four bytes from the Collector's file exporter or a varint from protobuf's own libraries.
 */
export function binaryFormOf(head: Uint8Array): BinaryForm | undefined {
  if (isRequestAt(head, 0, Infinity)) return 'request'
  if (isMessageAt(head, firstMessage(head, LENGTH_BYTES), lengthAt)) return 'messages'
  return isMessageAt(head, firstMessage(head, 1), varintAt) ? 'varint messages' : undefined
}

/** Size in bytes of the big-endian length that the Collector's file exporter writes before a message. */
export const LENGTH_BYTES = 4

export const ZSTD_MAGIC: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd]

export function startsWith(bytes: Uint8Array, magic: readonly number[], at = 0): boolean {
  return magic.every((byte, index) => bytes[at + index] === byte)
}

interface Varint {
  readonly value: number
  /** The position after it. */
  readonly end: number
}

const LONGEST_VARINT = 10

/** Undefined if it isn't complete, or is longer than a varint may be. */
export function varintAt(bytes: Uint8Array, start: number): Varint | undefined {
  let value = 0
  for (let at = start; at < Math.min(bytes.length, start + LONGEST_VARINT); at++) {
    const byte = bytes[at] as number
    value += (byte & 0x7f) * 2 ** (7 * (at - start))
    if (byte < 0x80) return { value, end: at + 1 }
  }
  return undefined
}

function lengthAt(bytes: Uint8Array, start: number): Varint | undefined {
  const end = start + LENGTH_BYTES
  if (end > bytes.length) return undefined
  return { value: bytes.subarray(start, end).reduce((value, byte) => value * 0x100 + byte, 0), end }
}

/** Empty messages may come before the first one. */
function firstMessage(head: Uint8Array, lengthBytes: number): number {
  const first = head.findIndex((byte) => byte !== 0)
  return Math.max(first - (first % lengthBytes), 0)
}

function isMessageAt(head: Uint8Array, at: number, readLength: typeof varintAt): boolean {
  const length = readLength(head, at)
  if (length === undefined || length.value === 0) return false
  const { value, end } = length
  const isJson = head[end] === OPEN_BRACE && head[end + 1] === QUOTE
  return isJson || startsWith(head, ZSTD_MAGIC, end) || isRequestAt(head, end, value)
}

const [OPEN_BRACE, QUOTE] = [0x7b, 0x22]

/** The tags of what may come first in a message: fields 1, 2 and 3, all length-delimited. */
const [FIRST, SECOND, THIRD] = [0x0a, 0x12, 0x1a]
/** A resource's count of dropped attributes. */
const DROPPED = 0x10
/** The scopes of OTLP before 0.15, field 1000. */
const OLD_SCOPES = 0xc2

/** Whether a request of at most `limit` bytes seems to begin there, judging by how its parts nest. */
function isRequestAt(head: Uint8Array, at: number, limit: number): boolean {
  const group = partAt(head, at, limit, [FIRST])
  if (group === undefined) return false
  if (group.length === 0 || group.start >= head.length) return true
  const part = partAt(head, group.start, group.length, [FIRST, SECOND, THIRD, OLD_SCOPES])
  if (part === undefined) return false
  const first = head[part.start]
  return part.length === 0 || first === undefined || [FIRST, SECOND, THIRD, DROPPED].includes(first)
}

function partAt(
  head: Uint8Array,
  at: number,
  limit: number,
  tags: readonly number[],
): { readonly start: number; readonly length: number } | undefined {
  const tag = head[at]
  if (tag === undefined || !tags.includes(tag)) return undefined
  const start = tag === OLD_SCOPES ? at + 2 : at + 1
  const length = varintAt(head, start)
  if (length === undefined || length.end - at + length.value > limit) return undefined
  return { start: length.end, length: length.value }
}
