import { PieceReader, readDocument } from '../forms/document.ts'
import { beginsDocument } from '../forms/form.ts'
import { readInspected } from '../forms/inspected.ts'
import type { DocumentSink } from './document-sink.ts'
import { isForeign } from './held-problems.ts'
import type { Unreadable } from '../otlp/unreadable.ts'
import { parsed, problemText, reportTwice } from './parsed-json.ts'
import { createSpanSplitter } from './span-splitter.ts'

/** The text of a document that isn't valid as a whole. */
export interface BrokenDocument {
  readonly text: string
  /** The number of its first line. */
  readonly line: number
  readonly isInspected: boolean
  /** Whether it's already known that it breaks off. */
  readonly isKnown: boolean
}

export const BREAKS_OFF = 'the document breaks off'

/**
 * Reads what is left of a broken document: the lines that are documents themselves, and its complete spans. Reports
 * only what is wrong with the document, not what follows from that.
 */
export function salvage({ text, line, isInspected, isKnown }: BrokenDocument, sink: DocumentSink): void {
  const { offset, reason } = isInspected ? mistakeInInspected(text) : mistakeIn(text)
  if (!isKnown) sink.report(line + newlinesIn(text.slice(0, offset)), reason, isForeign(text))
  if (isInspected) return
  const others = takeWholeLines(text, line, sink)
  const pieces = new PieceReader(({ reason }) => sink.report(line, reason))
  for (const piece of createSpanSplitter(() => {}).write(others)) sink.collect(pieces.read(piece))
  sink.collect(pieces.breakOff())
}

/** Entries of a broken list that are one line each are complete, whatever is wrong around them. Returns the rest. */
function takeWholeLines(text: string, first: number, { report, collect }: DocumentSink): string {
  const others = text.split('\n').filter((line, index) => {
    const whole = beginsDocument(line) ? parsed(withoutComma(line)) : undefined
    if (whole === undefined) return true
    const say = (problem: Unreadable) => report(first + index, problemText(problem))
    reportTwice(whole, say)
    collect(readDocument(whole.value, say))
    return false
  })
  return others.join('\n')
}

function withoutComma(line: string): string {
  const text = line.trimEnd()
  return text.endsWith(',') ? text.slice(0, -1) : text
}

/** What keeps a text from being a document, and where. If it just ends too early, the position is its beginning. */
function mistakeIn(text: string): { readonly offset: number; readonly reason: string } {
  try {
    JSON.parse(text)
  } catch (error) {
    const { message } = error as Error
    const position = message.includes(' end of ') ? Infinity : positionIn(text, message)
    const isEnd = position >= text.trimEnd().length || message.startsWith('Unterminated')
    if (!isEnd) return { offset: position, reason: `this is no JSON: ${message.replaceAll(/\s+/gu, ' ')}` }
  }
  return { offset: 0, reason: BREAKS_OFF }
}

function mistakeInInspected(text: string): { readonly offset: number; readonly reason: string } {
  const read = readInspected(text)
  if ('value' in read) return { offset: 0, reason: 'this is no span as a console exporter prints it' }
  if (read.offset >= text.trimEnd().length) return { offset: 0, reason: BREAKS_OFF }
  return { offset: read.offset, reason: `this is no span as a console exporter prints it: ${read.reason}` }
}

/** Some messages give the position, others the text around it. 0 if that text occurs several times. */
function positionIn(text: string, message: string): number {
  const position = / at position (\d+)/u.exec(message)?.[1]
  if (position !== undefined) return Number(position)
  const around = /, (?:\.\.\.)?"(.*)"(?:\.\.\.)? is not valid JSON$/su.exec(message)?.[1] ?? ''
  const found = text.indexOf(around)
  return found === text.lastIndexOf(around) ? found + around.indexOf(message.charAt('Unexpected token "'.length)) : 0
}

function newlinesIn(text: string): number {
  return text.split('\n').length - 1
}
