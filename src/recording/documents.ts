import type { SpanShape } from '../model/span.ts'
import type { Unreadable } from '../otlp/unreadable.ts'
import { readDocument } from '../forms/document.ts'
import { beginsDocument, goesOnDocument } from '../forms/form.ts'
import type { DocumentSink } from './document-sink.ts'
import { isForeign } from './held-problems.ts'
import { OpenDocument } from './open-document.ts'
import { parsed, problemText, reportTwice } from './parsed-json.ts'
import type { Parsed } from './parsed-json.ts'

export interface DocumentReader {
  /** The number of the line that is being read, from 1. */
  readonly line: number
  /** Takes the next piece of the text, cut anywhere, and returns the spans that are complete now. */
  read(text: string): readonly SpanShape[]
  /** Ends the text. If the text was cut, it's already known that its last document breaks off. */
  end(isCut?: boolean): readonly SpanShape[]
}

/** A longer document isn't held as text but taken apart while it comes in. In UTF-16 code units. */
const MAX_HELD = 8 * 1024 * 1024

/**
 * Splits a text into documents of any form: one per line, over many lines, or several on one line. A line that is a
 * document by itself always counts as one, so that a document that breaks off loses only what is broken; its complete
 * spans are read. In a document larger than the limit, a resource has to come before its spans. Calls `onLine` with the
 * spans of a line that is a document by itself.
 */
export function createDocumentReader(
  report: DocumentSink['report'],
  maxHeld = MAX_HELD,
  onLine: OnLine = () => {},
): DocumentReader {
  return new LineReader(new Framing(report, maxHeld, onLine), maxHeld)
}

type OnLine = (line: number, spans: readonly SpanShape[]) => void

/** Cuts text into lines. If a line is too long to wait for, its beginning is taken first. */
class LineReader implements DocumentReader {
  readonly #framing: Framing
  readonly #maxHeld: number
  #rest = ''
  /** Whether the beginning of the line has already been taken. */
  #isMidLine = false

  constructor(framing: Framing, maxHeld: number) {
    this.#framing = framing
    this.#maxHeld = maxHeld
  }

  get line(): number {
    return this.#framing.line
  }

  read(text: string): readonly SpanShape[] {
    const [first = '', ...others] = text.split('\n')
    // Joined first and never split again, because a long line comes in many pieces.
    this.#rest += first
    for (const next of others) {
      this.#takeLine()
      this.#rest = next
    }
    this.#takeBeginning()
    return this.#framing.taken()
  }

  end(isCut?: boolean): readonly SpanShape[] {
    if (this.#rest !== '') this.#takeLine()
    this.#framing.giveUp(isCut === true)
    return this.#framing.taken()
  }

  #takeLine(): void {
    if (this.#isMidLine) this.#framing.extend(`${this.#rest}\n`)
    else this.#framing.takeLine(this.#rest)
    this.#isMidLine = false
    this.#framing.line += 1
  }

  /** Takes a piece of a long line. A document that is taken apart only waits until it's clear what begins there. */
  #takeBeginning(): void {
    const rest = this.#rest
    if (rest.length <= this.#maxHeld && !this.#isGoingOn(rest)) return
    if (!this.#isMidLine && this.#framing.isNewDocument(rest)) this.#framing.giveUp()
    this.#isMidLine = true
    this.#framing.extend(rest)
    this.#rest = ''
  }

  /** Whether it continues a document that is taken apart. */
  #isGoingOn(rest: string): boolean {
    if (!this.#framing.isTakingApart) return false
    return this.#isMidLine || (rest.length > MAX_START && !this.#framing.isNewDocument(rest))
  }
}

/** Decides which lines are a document, and which belong to the open one. */
class Framing {
  line = 1
  readonly #maxHeld: number
  readonly #onLine: OnLine
  readonly #sink: DocumentSink
  #open: OpenDocument | undefined
  #isAfterBrace = false
  #spans: SpanShape[] = []

  constructor(report: DocumentSink['report'], maxHeld: number, onLine: OnLine) {
    this.#maxHeld = maxHeld
    this.#onLine = onLine
    this.#sink = { report, collect: (read) => this.#collect(read) }
  }

  /** Whether the open document is too large to hold. */
  get isTakingApart(): boolean {
    return this.#open?.isTakenApart === true
  }

  /** The spans read since the last call. */
  taken(): readonly SpanShape[] {
    const read = this.#spans
    this.#spans = []
    return read
  }

  takeLine(text: string): void {
    if (this.#open === undefined ? !isOpening(text) : this.isNewDocument(text)) {
      const whole = parsed(text)
      if (whole !== undefined) return this.#takeWhole(whole, text)
    }
    this.#takePart(text)
  }

  /** Adds text to the open document, or begins one. */
  extend(text: string): void {
    let next = text
    while (next !== '') {
      this.#open ??= new OpenDocument(next, this.line, this.#maxHeld, this.#sink)
      this.#open.add(next, this.line)
      if (!this.#open.isDone) return
      next = this.#open.rest.trimStart()
      this.#open = undefined
    }
  }

  isNewDocument(text: string): boolean {
    return this.#open?.isAwaitingEntry !== true && beginsDocument(text)
  }

  giveUp(isCut = false): void {
    this.#open?.breakOff(isCut)
    this.#open = undefined
  }

  #takeWhole(whole: Parsed, text: string): void {
    this.giveUp()
    const report = (problem: Unreadable) => this.#sink.report(this.line, problemText(problem), isForeign(text))
    reportTwice(whole, report)
    const read = readDocument(whole.value, report)
    this.#onLine(this.line, read)
    this.#collect(read)
  }

  /** A line that begins a document while another is open shows that the other breaks off. */
  #takePart(text: string): void {
    const isBegunBefore = this.#isAfterBrace && this.#open?.isList !== true && goesOnDocument(text)
    if (isBegunBefore || this.isNewDocument(text)) this.giveUp()
    this.#isAfterBrace = this.#open !== undefined && text.trimEnd() === '{'
    if (this.#open === undefined && text.trim() === '') return
    this.extend(isBegunBefore ? `{${text}\n` : `${text}\n`)
  }

  #collect(read: readonly SpanShape[]): void {
    for (const span of read) this.#spans.push(span)
  }
}

/** After this much of a line, it's clear whether it begins a request. */
const MAX_START = 64

/** The first line of a document over many lines. Checked up front, because finding out from an exception is slow. */
function isOpening(line: string): boolean {
  return line === '{' || line === '[' || line === '{\r' || line === '[\r'
}
