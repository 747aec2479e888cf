import type { JaegerPiece, Piece } from '../forms/document.ts'
import { readInspected } from '../forms/inspected.ts'
import { parseJson } from '../forms/json.ts'
import { isMisspelled, MISSPELLED } from '../otlp/misspelled.ts'
import type { Level } from '../otlp/misspelled.ts'
import { JsonScanner } from './json-scanner.ts'
import { GIVEN_TWICE } from './parsed-json.ts'
import { PieceBuilder } from './piece-builder.ts'
import { holdsTooMuch, MAX_SPAN, TOO_MUCH } from './span-limits.ts'

/** Takes a document apart while it comes in. Its spans leave in complete pieces. */
export interface SpanSplitter {
  /** Whether the document has ended. What follows it is `rest`. */
  readonly isDone: boolean
  /** What followed the end of the document in the same piece of text. */
  readonly rest: string
  /** Takes the next text of the document, cut anywhere, and returns the pieces that are complete now. */
  write(text: string): readonly Piece[]
}

/** What a place in the document is. Everything in a `skipped` one is skipped. */
type Place =
  | 'document'
  | 'groups'
  | 'group'
  | 'scopes'
  | 'scopeGroup'
  | 'spans'
  | 'resource'
  | 'scope'
  | 'span'
  | 'Jaeger spans'
  | 'Jaeger span'
  | 'processes'
  | 'errors'
  | 'lone span'
  | 'skipped'

/** What an object holds, by key. Wrappers hold the document itself: Jaeger and Tempo answer like this. */
const UNDER_KEY: Readonly<Partial<Record<Place, Readonly<Record<string, Place>>>>> = {
  document: {
    resourceSpans: 'groups',
    resource_spans: 'groups',
    batches: 'groups',
    result: 'document',
    trace: 'document',
    data: 'document',
    spans: 'Jaeger spans',
    processes: 'processes',
    errors: 'errors',
  },
  group: {
    resource: 'resource',
    scopeSpans: 'scopes',
    scope_spans: 'scopes',
    instrumentationLibrarySpans: 'scopes',
  },
  scopeGroup: { scope: 'scope', instrumentationLibrary: 'scope', spans: 'spans' },
}

/** What a key is another spelling of, or takes the place of. */
const SPELLED: ReadonlyMap<string, string> = new Map([
  ...['resource_spans', 'batches', 'result', 'trace', 'data', 'spans'].map((key) => [key, 'resourceSpans'] as const),
  ['scope_spans', 'scopeSpans'],
  ['instrumentationLibrarySpans', 'scopeSpans'],
  ['instrumentationLibrary', 'scope'],
])

const IN_LIST: Readonly<Partial<Record<Place, Place>>> = {
  document: 'document',
  groups: 'group',
  scopes: 'scopeGroup',
  spans: 'span',
  'Jaeger spans': 'Jaeger span',
}

const LISTS: ReadonlySet<Place> = new Set<Place>(['groups', 'scopes', 'spans'])
const OBJECTS: ReadonlySet<Place> = new Set<Place>(['group', 'scopeGroup', 'resource', 'scope', 'span'])
const LEVELS: Readonly<Partial<Record<Place, Level>>> = {
  document: 'request',
  group: 'group',
  scopeGroup: 'scopeGroup',
}

/** How every exporter begins a group in a document without newlines. */
const GROUP_START = '{"resource":'
const BETWEEN_GROUPS = `},${GROUP_START}`

const CAPTURED: ReadonlySet<Place> = new Set(['resource', 'scope', 'span', 'Jaeger span', 'processes', 'errors'])

/** The keys that a single span of a console exporter may begin with, but no other document. */
const KEYS_OF_LONE_SPANS: ReadonlySet<string> = new Set([
  'name',
  'context',
  'kind',
  'parent_id',
  'start_time',
  'attributes',
  'resource',
  'instrumentationScope',
  'traceId',
])

/** No document nests its spans this deep. Without a limit, a small file of nothing but brackets fills the memory. */
const MAX_FRAMES = 100

/**
 * Follows the brackets and keys of a document and parses only the resources, scopes and spans in it. So it's as fast as
 * that parsing, and holds one span at a time. It's lenient about what is between them. A resource has to come before
 * its spans. Calls `report` with what couldn't be read.
 */
export function createSpanSplitter(report: (reason: string) => void): SpanSplitter {
  return new Splitter(report)
}

interface Frame {
  readonly place: Place
  readonly isList: boolean
  /**
   * Its keys so far, by what they are spellings of: `isFresh` if it hasn't had any, `isKnown` if one is a key of traces, `isJaeger` if one is a key of
   * a Jaeger trace.
   */
  readonly keys: Map<string, string>
  isFresh: boolean
  isKnown: boolean
  isJaeger: boolean
}

class Splitter implements SpanSplitter {
  isDone = false
  rest = ''
  readonly #report: (reason: string) => void
  readonly #scanner = new JsonScanner()
  readonly #groups = new GroupCutter()
  readonly #captured = new Capture()
  readonly #pieces = new PieceBuilder()
  readonly #frames: Frame[] = []
  #key = ''

  constructor(report: (reason: string) => void) {
    this.#report = report
  }

  write(text: string): readonly Piece[] {
    const scanner = this.#scanner
    scanner.feed(text)
    this.#groups.feed(text)
    if (scanner.isPassing) this.#pass(0)
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      if (event === 'open') this.#open()
      else if (event === 'close') this.#close()
      else if (event === 'key') this.#takeKey(scanner.word)
      else if (event === 'string') this.#checkForm()
      else if (event === 'scalar') this.#checkScalar(scanner.word)
    }
    if (this.isDone) this.rest = text.slice(scanner.at)
    scanner.release()
    this.#groups.feed('')
    return this.#pieces.take()
  }

  #next() {
    return this.isDone ? undefined : this.#scanner.next()
  }

  #checkScalar(scalar: string): void {
    if (!SCALAR.test(scalar)) this.#report(`unexpected ${scalar.slice(0, 40)}`)
    // Null is nothing, except in a list.
    else if (scalar !== 'null' || this.#frames.at(-1)?.isList === true) this.#checkForm()
  }

  /** `isList`: of what stands here; undefined if it's neither a list nor an object. */
  #checkForm(isList?: boolean): void {
    const place = this.#placeHere()
    if (LISTS.has(place) && isList !== true) this.#report(`${this.#key}: this has to be a list`)
    else if (OBJECTS.has(place) && isList !== false) this.#report(`${this.#key}: this has to be an object`)
  }

  #open(): void {
    const place = this.#placeHere()
    const start = this.#scanner.at - 1
    this.#checkKey(place)
    if (!CAPTURED.has(place)) this.#checkForm(this.#scanner.isList)
    if (CAPTURED.has(place) || place === 'skipped') {
      this.#captured.place = place
      return this.#pass(start)
    }
    if (place === 'group' && this.#takeWholeGroup(start)) return
    if (place === 'group') this.#pieces.beginGroup()
    else if (place === 'scopeGroup') this.#pieces.beginScope()
    // A list where an object is expected, or the other way round, holds nothing.
    const { isList } = this.#scanner
    this.#frames.push({ place, isList, keys: new Map(), isFresh: true, isKnown: isList, isJaeger: false })
  }

  /** Everything is read, however often it's given, and however it's spelled. */
  #checkKey(place: Place): void {
    const frame = this.#frames.at(-1)
    if (frame === undefined || frame.isList) return
    if (place === 'skipped') {
      const level = LEVELS[frame.place]
      if (level !== undefined && isMisspelled(this.#key, level)) this.#report(`${this.#key}: ${MISSPELLED}`)
      return
    }
    const name = SPELLED.get(this.#key) ?? this.#key
    const before = frame.keys.get(name)
    if (before === this.#key) this.#report(`${this.#key}: ${GIVEN_TWICE}`)
    else if (before !== undefined) this.#report(`${this.#key} beside ${before}: both are read`)
    frame.keys.set(name, this.#key)
  }

  #takeWholeGroup(start: number): boolean {
    const cut = this.#groups.groupAt(start, this.#report)
    if (cut === undefined) return false
    this.#pieces.addDocument({ resourceSpans: [cut.group] })
    this.#scanner.jump(cut.end)
    return true
  }

  #placeHere(): Place {
    const frame = this.#frames.at(-1)
    if (frame === undefined) return 'document'
    if (this.#frames.length >= MAX_FRAMES) return 'skipped'
    if (frame.isList) return IN_LIST[frame.place] ?? 'skipped'
    const names = UNDER_KEY[frame.place]
    return names !== undefined && Object.hasOwn(names, this.#key) ? (names[this.#key] ?? 'skipped') : 'skipped'
  }

  #close(): void {
    const frame = this.#frames.pop()
    if (frame !== undefined && frame.isList !== this.#scanner.isList) this.#report('the brackets do not match')
    if (frame?.isJaeger === true) this.#takeJaeger({ isEnd: true })
    if (frame?.place === 'document' && !frame.isFresh && !frame.isKnown) this.#report(UNKNOWN_FORM)
    this.isDone = this.#frames.length === 0
  }

  #takeKey(written: string): void {
    const key = written.includes('\\') ? withoutEscapes(written) : written
    this.#key = key
    const frame = this.#frames.at(-1)
    // A string in a list is no key.
    if (frame?.isList === true) return this.#checkForm()
    if (frame?.place !== 'document') return
    if (frame.isFresh && KEYS_OF_LONE_SPANS.has(key)) return this.#captureLoneSpan(key)
    frame.isFresh = false
    frame.isKnown ||= Object.hasOwn(UNDER_KEY.document ?? {}, key)
  }

  /** The object that has just begun is a span rather than a document. */
  #captureLoneSpan(key: string): void {
    this.#frames.pop()
    this.#captured.place = 'lone span'
    this.#captured.add(`{${JSON.stringify(key)}`)
    this.#pass(this.#scanner.at)
  }

  /** Continues through a value that is captured or skipped. This text holds the part of it that begins at `start`. */
  #pass(start: number): void {
    const { place } = this.#captured
    const isWhole = this.#scanner.pass()
    if (place !== 'skipped') this.#captured.add(this.#scanner.text.slice(start, this.#scanner.at))
    if (isWhole && place !== 'skipped') this.#take(place)
  }

  #take(place: Place): void {
    const text = this.#captured.take()
    if (text === undefined) return this.#report(`a ${place} is larger than ${MAX_SPAN / 1024 / 1024} MB`)
    if (holdsTooMuch(text)) return this.#report(`a ${place} ${TOO_MUCH}`)
    if (place === 'lone span') return this.#takeLoneSpan(text)
    const value = parsed(text, this.#report, this.#report)
    if (place === 'span') this.#pieces.addSpan(value)
    else if (place === 'Jaeger span') this.#takeJaegerSpan(value)
    else if (place === 'processes') this.#takeJaeger({ processes: value })
    else if (place === 'errors') this.#takeJaeger({ errors: value })
    else if (place === 'scope') this.#pieces.setScope(value)
    else if (this.#pieces.setResource(value)) this.#report(LATE_RESOURCE)
  }

  #takeLoneSpan(text: string): void {
    this.isDone = this.#frames.length === 0
    const document = parsed(text, () => {}, this.#report) ?? looselyRead(text)
    if (document === undefined) parsed(text, this.#report)
    else this.#pieces.addDocument(document)
  }

  #takeJaegerSpan(span: unknown): void {
    if (span === undefined) return
    this.#noteJaeger()
    this.#pieces.addJaegerSpan(span)
  }

  #takeJaeger(piece: JaegerPiece): void {
    this.#noteJaeger()
    this.#pieces.addJaeger(piece)
  }

  /** The end of the surrounding object is then the end of a trace. */
  #noteJaeger(): void {
    const frame = this.#frames.findLast(({ place, isList }) => place === 'document' && !isList)
    if (frame !== undefined) frame.isJaeger = true
  }
}

const LATE_RESOURCE = 'a resource stands behind its spans, in a document that is too large to hold'

/** The text of a value, up to the limit. */
class Capture {
  place: Place = 'skipped'
  #parts: string[] = []
  #length = 0

  add(text: string): void {
    this.#length += text.length
    if (this.#length <= MAX_SPAN) this.#parts.push(text)
    else this.#parts = []
  }

  /** Undefined if it's too long. */
  take(): string | undefined {
    const text = this.#length > MAX_SPAN ? undefined : this.#parts.join('')
    this.#parts = []
    this.#length = 0
    return text
  }
}

/** Cuts whole groups out of text without newlines, because parsing a group at once is faster than following it. */
class GroupCutter {
  #text = ''
  /** Where the next group seems to begin, or the end of the text if none does. */
  #next = -1

  feed(text: string): void {
    this.#text = text
    this.#next = -1
  }

  /**
   * The group that begins there, up to where the next one seems to begin. Undefined if that isn't JSON, or isn't in
   * this text. If it's JSON, it's exactly the group, because no object begins with another one.
   */
  groupAt(
    start: number,
    report: (reason: string) => void,
  ): { readonly group: unknown; readonly end: number } | undefined {
    const text = this.#text
    if (!text.startsWith(GROUP_START, start)) return undefined
    if (this.#next < start) this.#next = placeOr(text.indexOf(BETWEEN_GROUPS, start), text.length)
    if (this.#next === text.length) return undefined
    const end = this.#next + 1
    const group = parsed(text.slice(start, end), () => {}, report)
    return group === undefined ? undefined : { group, end }
  }
}

/** A key may be written with escapes, which mean the same. */
function withoutEscapes(key: string): string {
  const read = parsed(`"${key}"`, () => {})
  return typeof read === 'string' ? read : key
}

/** As Python writes it, with numbers that JSON doesn't have. */
function looselyRead(text: string): unknown {
  const read = readInspected(text)
  return 'value' in read ? read.value : undefined
}

const UNKNOWN_FORM = 'this is no trace in a form that is known'

function parsed(text: string, report: (reason: string) => void, twice = report): unknown {
  try {
    return parseJson(text, (place) => twice(`${place}: ${GIVEN_TWICE}`))
  } catch (error) {
    report(error instanceof Error ? error.message : String(error))
    return undefined
  }
}

function placeOr(place: number, otherwise: number): number {
  return place === -1 ? otherwise : place
}

/** Complete, or cut at its beginning by the end of the previous text. */
const SCALAR = /^(?:true|false|null|[truefalsn]{1,4}|[-+.\deE]+)$/u
