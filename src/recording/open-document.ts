import { PieceReader, readDocument } from '../forms/document.ts'
import { formOf } from '../forms/form.ts'
import type { DocumentForm } from '../forms/form.ts'
import { readInspected } from '../forms/inspected.ts'
import { DocumentEnd } from './document-end.ts'
import type { DocumentSink } from './document-sink.ts'
import { isForeign } from './held-problems.ts'
import { parsed, problemText, reportTwice } from './parsed-json.ts'
import type { Parsed } from './parsed-json.ts'
import type { Unreadable } from '../otlp/unreadable.ts'
import { BREAKS_OFF, salvage } from './salvage.ts'
import { createSpanSplitter } from './span-splitter.ts'
import type { SpanSplitter } from './span-splitter.ts'

/** A document that spans several lines, shares its line with others, or is too large to hold. */
export class OpenDocument {
  isDone = false
  /** What followed the end of the document. */
  rest = ''
  /** Whether it's a list of documents. The start of an entry in it doesn't begin a new document. */
  readonly isList: boolean
  readonly #line: number
  readonly #maxHeld: number
  readonly #report: DocumentSink['report']
  readonly #collect: DocumentSink['collect']
  readonly #end = new DocumentEnd()
  readonly #pieces: PieceReader
  #held: string[] = []
  #length = 0
  /** Whether it was dropped because it's too large to hold and can't be taken apart. */
  #isDropped = false
  #splitter: SpanSplitter | undefined
  /** The line that is being taken apart. */
  #at: number
  /** The last character of the text so far, ignoring white space. */
  #last: string | undefined

  constructor(start: string, line: number, maxHeld: number, { report, collect }: DocumentSink) {
    this.isList = start.trimStart().startsWith('[')
    this.#line = line
    this.#at = line
    this.#maxHeld = maxHeld
    this.#report = report
    this.#collect = collect
    this.#pieces = new PieceReader((problem) => report(this.#at, problemText(problem)))
  }

  /** Whether it's too large to hold, so that none of its pieces has to wait for the rest of its line. */
  get isTakenApart(): boolean {
    return this.#splitter !== undefined
  }

  /** A line that begins a document can only be an entry of the list if it follows a comma or a bracket. */
  get isAwaitingEntry(): boolean {
    return this.isList && (this.#last === ',' || this.#last === '[')
  }

  add(text: string, line: number): void {
    this.#at = line
    if (this.isList) this.#last = text.trimEnd().at(-1) ?? this.#last
    if (this.#splitter !== undefined) return this.#feed(this.#splitter, text)
    const end = this.#end.find(text)
    this.#hold(end === -1 ? text : text.slice(0, end))
    if (end !== -1) {
      this.isDone = true
      this.rest = text.slice(end)
      return this.#readHeld()
    }
    if (this.#length > this.#maxHeld) this.#makeRoom()
  }

  /** Gives up on the document, but reads its complete spans. */
  breakOff(isKnown: boolean): void {
    if (this.#isDropped) return
    if (this.#splitter === undefined) return this.#salvage(this.#takeHeld(), isKnown)
    if (!isKnown) this.#report(this.#line, BREAKS_OFF)
    this.#collect(this.#pieces.breakOff())
  }

  #hold(text: string): void {
    if (this.#isDropped) return
    this.#held.push(text)
    this.#length += text.length
  }

  #makeRoom(): void {
    const text = this.#takeHeld()
    this.#length = 0
    if (!this.#end.isInspected)
      return this.#feed(
        createSpanSplitter((reason) => this.#report(this.#at, reason)),
        text,
      )
    this.#isDropped = true
    this.#report(this.#line, `a span is larger than ${this.#maxHeld / 1024 / 1024} MB`)
  }

  #readHeld(): void {
    if (this.#isDropped) return
    const text = this.#takeHeld()
    const whole = (this.#end.isInspected ? undefined : parsed(text)) ?? looselyParsed(text)
    if (whole === undefined) this.#salvage(text, false)
    else {
      const report = (problem: Unreadable) => this.#report(this.#line, problemText(problem), isForeign(text))
      reportTwice(whole, report)
      this.#collect(readDocument(whole.value, report))
    }
  }

  #salvage(text: string, isKnown: boolean): void {
    const sink = { report: this.#report, collect: this.#collect }
    salvage({ text, line: this.#line, isInspected: this.#end.isInspected, isKnown }, sink)
  }

  /** Feeds the text in pieces, however much was held, so that the result of one piece is gone before the next. */
  #feed(splitter: SpanSplitter, text: string): void {
    this.#splitter = splitter
    let at = 0
    for (; at < text.length && !splitter.isDone; at += PIECE) {
      for (const piece of splitter.write(text.slice(at, at + PIECE))) this.#collect(this.#pieces.read(piece))
    }
    this.isDone = splitter.isDone
    this.rest = splitter.rest + text.slice(at)
    if (this.isDone) this.#collect(this.#pieces.end())
  }

  #takeHeld(): string {
    const text = this.#held.join('')
    this.#held = []
    return text
  }
}

const PIECE = 64 * 1024

/**
 * Text that isn't JSON but still holds spans: as `console.dir` prints them, or with Python's numbers that JSON doesn't
 * have.
 */
function looselyParsed(text: string): Parsed | undefined {
  const read = readInspected(text)
  if (!('value' in read)) return undefined
  const spans: readonly unknown[] = Array.isArray(read.value) ? read.value : [read.value]
  return spans.every((span) => LOOSE.includes(formOf(span))) ? read : undefined
}

const LOOSE: readonly (DocumentForm | undefined)[] = ['console span', 'Python span']
