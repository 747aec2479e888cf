import type { SpanShape } from '../model/span.ts'
import { PieceReader, readDocument } from '../forms/document.ts'
import { beginsDocument, formOf, goesOnDocument } from '../forms/form.ts'
import type { DocumentForm } from '../forms/form.ts'
import { readInspected } from '../forms/inspected.ts'
import type { Unreadable } from '../otlp/unreadable.ts'
import { DocumentEnd } from './document-end.ts'
import { createSpanSplitter } from './span-splitter.ts'
import type { SpanSplitter } from './span-splitter.ts'

export interface DocumentReader {
  /** The number of the line that is being read, from 1. */
  readonly line: number
  /** Takes the next piece of the text, cut anywhere, and gives back the spans that are whole now. */
  read(text: string): readonly SpanShape[]
  /** Takes the end of the text. Of a text that was cut it is known already that its last document breaks off. */
  end(isCut?: boolean): readonly SpanShape[]
}

type ReportLine = (line: number, reason: string) => void

interface Sink {
  readonly report: ReportLine
  readonly collect: (spans: readonly SpanShape[]) => void
}

/** A longer document is not held as text but taken apart while it comes in. In UTF-16 units. */
const MAX_HELD = 8 * 1024 * 1024

/**
 * Takes a text apart into documents, of whatever form each is: one a line, or over many lines, or several on one line. A line that is a
 * document by itself always counts as one, so that a document which breaks off loses nothing but what is broken: its
 * whole spans are read. In a document larger than the limit a resource has to stand before its spans. `onLine` is told
 * the spans of a line that is a document by itself.
 */
export function createDocumentReader(
  report: ReportLine,
  maxHeld = MAX_HELD,
  onLine: (line: number, spans: readonly SpanShape[]) => void = () => {},
): DocumentReader {
  let line = 1
  let rest = ''
  let open: OpenDocument | undefined
  let isAfterBrace = false
  /** Whether the beginning of the line has been taken already. */
  let isMidLine = false
  let spans: SpanShape[] = []

  function collect(read: readonly SpanShape[]): void {
    for (const span of read) spans.push(span)
  }

  function taken(): readonly SpanShape[] {
    const read = spans
    spans = []
    return read
  }

  function takeLine(text: string): void {
    if (isMidLine) {
      extend(`${text}\n`)
      isMidLine = false
      line += 1
      return
    }
    if (open === undefined ? !isOpening(text) : isNewDocument(text)) {
      const whole = parsed(text)
      if (whole !== undefined) {
        giveUp()
        const read = readDocument(whole.value, (problem) => report(line, textOf(problem)))
        onLine(line, read)
        collect(read)
        line += 1
        return
      }
    }
    takePart(text)
    line += 1
  }

  /** A line that begins a document while another is open shows that the other breaks off. */
  function takePart(text: string): void {
    const isBegunBefore = isAfterBrace && open?.isList !== true && goesOnDocument(text)
    if (isBegunBefore || isNewDocument(text)) giveUp()
    isAfterBrace = open !== undefined && text.trimEnd() === '{'
    if (open === undefined && text.trim() === '') return
    extend(isBegunBefore ? `{${text}\n` : `${text}\n`)
  }

  function extend(text: string): void {
    let next = text
    while (next !== '') {
      open ??= new OpenDocument(next, line, maxHeld, { report, collect })
      open.add(next, line)
      if (!open.isDone) return
      next = open.rest.trimStart()
      open = undefined
    }
  }

  function isNewDocument(text: string): boolean {
    return open?.isAwaitingEntry !== true && beginsDocument(text)
  }

  /** A piece of a long line: a document that is taken apart waits for no more of it than shows what begins there. */
  function takeBeginning(): void {
    const isGoingOn = open?.isTakenApart === true && (isMidLine || (rest.length > MAX_START && !isNewDocument(rest)))
    if (rest.length <= maxHeld && !isGoingOn) return
    if (!isMidLine && isNewDocument(rest)) giveUp()
    isMidLine = true
    extend(rest)
    rest = ''
  }

  function giveUp(isCut = false): void {
    if (open !== undefined) open.breakOff(isCut)
    open = undefined
  }

  return {
    get line() {
      return line
    },
    read(text) {
      const [first = '', ...others] = text.split('\n')
      // Joined first and split never again: a long line comes in many pieces.
      rest += first
      for (const next of others) {
        takeLine(rest)
        rest = next
      }
      takeBeginning()
      return taken()
    },
    end(isCut) {
      if (rest !== '') takeLine(rest)
      giveUp(isCut === true)
      return taken()
    },
  }
}

/** After so much of a line it is clear whether it begins a request. */
const MAX_START = 64

/** The first line of a document over many lines: to find out by an exception that it is no JSON takes long. */
function isOpening(line: string): boolean {
  return line === '{' || line === '[' || line === '{\r' || line === '[\r'
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

function withoutComma(line: string): string {
  const text = line.trimEnd()
  return text.endsWith(',') ? text.slice(0, -1) : text
}

function textOf({ place, reason }: Unreadable): string {
  return place === '' ? reason : `${place}: ${reason}`
}

/** A document that goes on over several lines, shares its line with others, or is too large to hold. */
class OpenDocument {
  isDone = false
  /** What came behind the end of the document. */
  rest = ''
  /** A list of documents: in it one begins no other. */
  readonly isList: boolean
  readonly #line: number
  readonly #maxHeld: number
  readonly #report: ReportLine
  readonly #collect: Sink['collect']
  readonly #end = new DocumentEnd()
  readonly #pieces: PieceReader
  #held: string[] = []
  #length = 0
  /** One that cannot be taken apart, and is too large to hold. */
  #isDropped = false
  #splitter: SpanSplitter | undefined
  /** The line that is being taken apart. */
  #at: number
  /** What the text ends with so far, white space aside. */
  #last: string | undefined

  constructor(start: string, line: number, maxHeld: number, { report, collect }: Sink) {
    this.isList = start.trimStart().startsWith('[')
    this.#line = line
    this.#at = line
    this.#maxHeld = maxHeld
    this.#report = report
    this.#collect = collect
    this.#pieces = new PieceReader((problem) => report(this.#at, textOf(problem)))
  }

  /** Whether it is too large to hold, so that no piece of it has to wait for the rest of its line. */
  get isTakenApart(): boolean {
    return this.#splitter !== undefined
  }

  /** Only behind a comma or a bracket can a line that begins a document be an entry of the list. */
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

  /** Gives the document up, and its whole spans with it. */
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
    else this.#collect(readDocument(whole.value, (problem) => this.#report(this.#line, textOf(problem))))
  }

  /** One complaint tells what is wrong with the document: what follows from it is not told. */
  #salvage(text: string, isKnown: boolean): void {
    const { offset, reason } = this.#end.isInspected ? mistakeInInspected(text) : mistakeIn(text)
    if (!isKnown) this.#report(this.#line + newlinesIn(text.slice(0, offset)), reason)
    if (this.#end.isInspected) return
    const pieces = new PieceReader(({ reason }) => this.#report(this.#line, reason))
    for (const piece of createSpanSplitter(() => {}).write(this.#takeWholeLines(text))) {
      this.#collect(pieces.read(piece))
    }
    this.#collect(pieces.breakOff())
  }

  /** Entries of a broken list that are a line each are whole, whatever is wrong around them. Gives back the rest. */
  #takeWholeLines(text: string): string {
    const others = text.split('\n').filter((line, index) => {
      const whole = beginsDocument(line) ? parsed(withoutComma(line)) : undefined
      if (whole === undefined) return true
      this.#collect(readDocument(whole.value, (problem) => this.#report(this.#line + index, textOf(problem))))
      return false
    })
    return others.join('\n')
  }

  /** In pieces, however much was held: what is made of one is gone before the next. */
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
const BREAKS_OFF = 'the document breaks off'

/** What no JSON is and yet a span: as `console.dir` shows it, or as Python writes numbers that JSON does not have. */
function looselyParsed(text: string): { value: unknown } | undefined {
  const read = readInspected(text)
  if (!('value' in read)) return undefined
  const spans: readonly unknown[] = Array.isArray(read.value) ? read.value : [read.value]
  return spans.every((span) => LOOSE.includes(formOf(span))) ? read : undefined
}

const LOOSE: readonly (DocumentForm | undefined)[] = ['console span', 'Python span']

/** What keeps a text from being a document, and where: at its beginning where it just ends too early. */
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

/** Some messages give the position, others the text around it; 0 where that stands in several places. */
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
