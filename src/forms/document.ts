import type { SpanShape } from '../model/span.ts'
import { readRequest } from '../otlp/otlp-json.ts'
import { readConsoleSpan } from './console-span.ts'
import { foreignReason, formOf, isForeignList, MAX_MESSAGE } from './form.ts'
import { JaegerTraceReader, readJaegerTrace } from './jaeger-json.ts'
import { readPythonSpan } from './python-span.ts'
import { field, isRecord, stringOf } from '../otlp/unreadable.ts'
import type { Report } from '../otlp/unreadable.ts'

/** A list of documents in a list is none; wrappers are not wrapped any deeper. */
const MAX_WRAPPERS = 3

/**
 * Reads a document that is traces in any form that is known, or a list of such, or what Jaeger's API puts around it.
 * Never throws: what cannot be read is reported with its place.
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
  if (depth < MAX_WRAPPERS && isAnswer(document)) {
    reportErrors(document['errors'], report)
    return readInto(spans, document['data'] ?? [], report, inside(place, 'data'), depth + 1)
  }
  for (const span of readOne(document, report, place)) spans.push(span)
}

/** What Jaeger's API puts around traces; beside errors there may be nothing in it. */
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
    case undefined:
      report({ place, reason: foreignReason(document) })
      return []
  }
}

function inside(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`
}

/** What Jaeger says that it could not answer. */
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

/** A piece of a document that is too large to hold: one that is whole by itself, or a part of a trace of Jaeger's. */
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

  /** Takes the end of the document. */
  end(): readonly SpanShape[] {
    const spans = this.#trace?.end() ?? []
    this.#trace = undefined
    return spans
  }

  /** Takes the end of a document that breaks off: what it lacks therefore needs no words of its own. */
  breakOff(): readonly SpanShape[] {
    const spans = this.#trace?.breakOff() ?? []
    this.#trace = undefined
    return spans
  }
}
