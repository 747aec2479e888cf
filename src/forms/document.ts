import type { SpanShape } from '../model/span.ts'
import { readRequest, REQUEST_KEYS } from '../otlp/otlp-json.ts'
import { readConsoleSpan } from './console-span.ts'
import { parseJson } from './json.ts'
import type { Twice } from './json.ts'
import { foreignReason, formOf, isForeignList, MAX_MESSAGE } from './form.ts'
import { logMessagesIn } from './log-messages.ts'
import type { LogMessage } from './log-messages.ts'
import { isJaegerTrace, JaegerTraceReader, readJaegerTrace } from './jaeger-json.ts'
import { readGoSpan } from './go-span.ts'
import { readPythonSpan } from './python-span.ts'
import { readSpanObject } from './span-object.ts'
import { field, isRecord, stringOf } from '../otlp/unreadable.ts'
import type { Report } from '../otlp/unreadable.ts'

/** A list inside a list isn't a document. Wrappers don't nest any deeper. */
const MAX_WRAPPERS = 3

/**
 * Reads a document that holds traces in any known form, a list of such documents, or the wrapper that Jaeger's API puts
 * around it. Never throws: reports what it can't read with its place.
 */
export function readDocument(document: unknown, report: Report): readonly SpanShape[] {
  const spans: SpanShape[] = []
  readInto(spans, document, report, '', 0)
  return spans
}

function readInto(spans: SpanShape[], document: unknown, report: Report, place: string, depth: number): void {
  if (depth < MAX_WRAPPERS && Array.isArray(document) && !isForeignList(document)) {
    document.forEach((entry: unknown, at) => readInto(spans, entry, report, `${place}[${at}]`, depth + 1))
    return
  }
  const parts = depth < MAX_WRAPPERS ? partsOf(document) : NO_PARTS
  if (parts.length > 1) {
    const names = parts.map(({ name }) => name)
    report({ place, reason: `${names.slice(1).join(', ')} beside ${names[0]}: one document holds one of them` })
    for (const part of parts) readInto(spans, part.document, report, place, depth + 1)
    return
  }
  if (depth < MAX_WRAPPERS && isAnswer(document)) {
    reportErrors(document['errors'], report)
    return readInto(spans, document['data'] ?? [], report, inside(place, 'data'), depth + 1)
  }
  const messages = depth < MAX_WRAPPERS ? logMessagesIn(document) : undefined
  if (messages !== undefined) return readMessages(spans, messages, report, place, depth)
  for (const span of readOne(document, report, place)) spans.push(span)
}

interface Part {
  readonly name: string
  readonly document: unknown
}

const NO_PARTS: readonly Part[] = []

/** What holds traces in a document, each with what belongs to it. More than one is a mistake, or an attempt to hide. */
function partsOf(document: unknown): readonly Part[] {
  if (!isRecord(document)) return NO_PARTS
  const parts: Part[] = []
  for (const keys of HOLDERS) {
    const given = keys.filter((key) => typeof document[key] === 'object' && document[key] !== null)
    const [name] = given
    if (name === undefined || (name === 'spans' && !isJaegerTrace(document))) continue
    const beside = name === 'spans' ? OF_JAEGER : name === 'data' ? OF_ANSWER : given
    parts.push({ name, document: Object.fromEntries(beside.map((key) => [key, document[key]])) })
  }
  return parts
}

/** The keys that hold traces, those of one kind together. */
const HOLDERS: readonly (readonly string[])[] = [REQUEST_KEYS, ['data'], ['result'], ['trace'], ['spans']]
const OF_JAEGER: readonly string[] = ['traceID', 'spans', 'processes']
const OF_ANSWER: readonly string[] = ['data', 'errors']

/** Spans in CloudWatch are log messages in JSON. */
function readMessages(
  spans: SpanShape[],
  messages: readonly LogMessage[],
  report: Report,
  place: string,
  depth: number,
): void {
  for (const { text, where } of messages) {
    const at = inside(place, where)
    const message = parsedMessage(text, (name) => report({ place: inside(at, name), reason: 'this is given twice' }))
    if (message === undefined) report({ place: at, reason: 'this message is no JSON' })
    else readInto(spans, message, report, at, depth + 1)
  }
}

function parsedMessage(text: string, twice: Twice): unknown {
  try {
    return parseJson(text, twice)
  } catch {
    return undefined
  }
}

/** The wrapper that Jaeger's API puts around traces. If there are errors, it may be empty otherwise. */
function isAnswer(document: unknown): document is Readonly<Record<string, unknown>> {
  if (!isRecord(document) || !Object.hasOwn(document, 'data')) return false
  return document['data'] === null ? Object.hasOwn(document, 'errors') : typeof document['data'] === 'object'
}

function readOne(document: unknown, report: Report, place: string): readonly SpanShape[] {
  const start = place === '' ? '' : `${place}.`
  switch (formOf(document)) {
    case 'OTLP':
      return readRequest(document, report, start)
    case 'Jaeger trace':
      return readJaegerTrace(document, report, start)
    case 'Jaeger span': {
      const reader = new JaegerTraceReader(report)
      reader.addSpan(document, () => place)
      return reader.end()
    }
    case 'Python span':
      return readPythonSpan(document, report, place)
    case 'console span':
      return readConsoleSpan(document, report, place)
    case 'Go span':
      return readGoSpan(document, report, place)
    case 'span object':
      return readSpanObject(document, report, place)
    case 'other record':
      return []
    case undefined:
      report({ place, reason: foreignReason(document) })
      return []
  }
}

function inside(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`
}

/** Reports what Jaeger says it couldn't answer. */
export function reportErrors(errors: unknown, report: Report): void {
  if (!Array.isArray(errors)) return
  for (const [at, error] of errors.entries()) {
    const words = stringOf(field(error, 'msg', 'message')).slice(0, MAX_MESSAGE)
    report({
      place: `errors[${at}]`,
      reason: `this is the error that a server answered: ${words}`,
    })
  }
}

/** A piece of a document that is too large to hold: one that is complete by itself, or a part of a Jaeger trace. */
export type Piece = { readonly document: unknown } | JaegerPiece

export interface JaegerPiece {
  readonly spans?: readonly unknown[]
  readonly processes?: unknown
  readonly errors?: unknown
  readonly isEnd?: true
}

/** Reads a document in pieces. */
export class PieceReader {
  readonly #report: Report
  #trace: JaegerTraceReader | undefined

  constructor(report: Report) {
    this.#report = report
  }

  read(piece: Piece): readonly SpanShape[] {
    if ('document' in piece) return readDocument(piece.document, this.#report)
    reportErrors(piece.errors, this.#report)
    this.#trace ??= new JaegerTraceReader(this.#report)
    for (const span of piece.spans ?? []) this.#trace.addSpan(span, () => 'a span')
    this.#trace.addProcesses(piece.processes, () => 'processes')
    return piece.isEnd === true ? this.end() : this.#trace.take()
  }

  /** Ends the document. */
  end(): readonly SpanShape[] {
    const spans = this.#trace?.end() ?? []
    this.#trace = undefined
    return spans
  }

  /** Ends a document that breaks off. That explains what is missing, so it isn't reported again. */
  breakOff(): readonly SpanShape[] {
    const spans = this.#trace?.breakOff() ?? []
    this.#trace = undefined
    return spans
  }
}
