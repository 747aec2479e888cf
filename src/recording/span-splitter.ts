import type { JaegerPiece, Piece } from '../forms/document.ts'
import { readInspected } from '../forms/inspected.ts'

/** Takes a document apart while it comes in: its spans leave in pieces that are whole. */
export interface SpanSplitter {
  /** Whether the document has ended; what follows it is `rest`. */
  readonly isDone: boolean
  /** What came in the same piece of text after the end of the document. */
  readonly rest: string
  /** Takes the next text of the document, cut anywhere, and gives back the pieces that are whole now. */
  write(text: string): readonly Piece[]
}

/** What a place in the document is; everything in a `skipped` one is passed over. */
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

/** What an object holds under which key. Wrappers hold the document itself: Jaeger and Tempo answer so. */
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

const IN_LIST: Readonly<Partial<Record<Place, Place>>> = {
  document: 'document',
  groups: 'group',
  scopes: 'scopeGroup',
  spans: 'span',
  'Jaeger spans': 'Jaeger span',
}

/** As every exporter writes groups that stand in a document without newlines. */
const GROUP_START = '{"resource":'
const BETWEEN_GROUPS = `},${GROUP_START}`

const CAPTURED: ReadonlySet<Place> = new Set(['resource', 'scope', 'span', 'Jaeger span', 'processes', 'errors'])

/** What a single span of a console exporter may begin with, and nothing else that is a document. */
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

/** A span that is longer is none that can be read. In UTF-16 units. */
const MAX_SPAN = 64 * 1024 * 1024

/**
 * Follows the brackets and keys of a document and parses nothing but the resources, scopes and spans in it, so that it
 * is as fast as that and holds one span at a time. It is lenient about what stands between them. A resource has to
 * stand before its spans. `report` hears what could not be read.
 */
export function createSpanSplitter(report: (reason: string) => void): SpanSplitter {
  return new Splitter(report)
}

interface Frame {
  readonly place: Place
  readonly isList: boolean
  /** Of its keys: none was seen yet; one that traces have; one of a trace of Jaeger's. */
  isFresh: boolean
  isKnown: boolean
  isJaeger: boolean
}

class Splitter implements SpanSplitter {
  isDone = false
  rest = ''
  readonly #report: (reason: string) => void
  readonly #frames: Frame[] = []
  #key = ''
  #isInString = false
  #isEscaped = false
  /** A string is read as a key until a value is due. */
  #keyParts: string[] | undefined
  #isValueDue = false
  /** Depth below the value that is captured or skipped; 0 outside of one. */
  #depth = 0
  #captured: Place = 'skipped'
  #parts: string[] = []
  #length = 0
  #resource: unknown
  #scope: unknown
  #hasSpans = false
  #ready: Piece[] = []
  /** Those that go on with the last request that is ready. */
  #spans: unknown[] | undefined
  /** The same for a trace of Jaeger's. */
  #jaegerSpans: unknown[] | undefined
  /** Where in this text the next group seems to begin: its end where none does. */
  #nextGroup = -1

  constructor(report: (reason: string) => void) {
    this.#report = report
  }

  write(text: string): readonly Piece[] {
    let at = 0
    while (at < text.length && !this.isDone) {
      if (this.#depth > 0) at = this.#passValue(text, at)
      else if (this.#isInString) at = this.#readString(text, at)
      else at = this.#step(text, at)
    }
    if (this.isDone) this.rest = text.slice(at)
    const ready = this.#ready
    this.#ready = []
    this.#spans = undefined
    this.#jaegerSpans = undefined
    this.#nextGroup = -1
    return ready
  }

  /** One character between the values. */
  #step(text: string, at: number): number {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        this.#isInString = true
        this.#keyParts = this.#isValueDue ? undefined : []
        break
      case COLON:
        this.#isValueDue = true
        break
      case COMMA:
        this.#isValueDue = false
        break
      case OPEN_BRACE:
      case OPEN_BRACKET:
        return this.#open(text, at)
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        this.#close(text.charCodeAt(at) === CLOSE_BRACKET)
        break
      default:
        return this.#passScalar(text, at)
    }
    return at + 1
  }

  /** A number, a word or space; one that the end of the text cuts is let pass. */
  #passScalar(text: string, start: number): number {
    let at = start + 1
    while (at < text.length && !STRUCTURE.has(text.charCodeAt(at))) at += 1
    const scalar = text.slice(start, at).trim()
    if (at < text.length && scalar !== '' && !SCALAR.test(scalar)) this.#report(`unexpected ${scalar.slice(0, 40)}`)
    return at
  }

  #open(text: string, at: number): number {
    const isList = text.charCodeAt(at) === OPEN_BRACKET
    const place = this.#placeHere()
    if (CAPTURED.has(place) || place === 'skipped') {
      this.#captured = place
      return this.#passValue(text, at)
    }
    if (place === 'group') {
      const end = this.#takeWholeGroup(text, at)
      if (end !== undefined) return end
    }
    if (place === 'group' || place === 'scopeGroup') this.#forget(place)
    // A list where an object has to stand, or the other way round, holds nothing.
    this.#frames.push({ place, isList, isFresh: true, isKnown: isList, isJaeger: false })
    this.#isValueDue = false
    return at + 1
  }

  #forget(place: 'group' | 'scopeGroup'): void {
    this.#scope = undefined
    this.#spans = undefined
    if (place === 'scopeGroup') return
    this.#resource = undefined
    this.#hasSpans = false
  }

  /**
   * Takes a group at once, from here to where the next one seems to begin, and gives back where it ends; undefined where
   * that is no JSON, or not in this text. What is JSON is the group and nothing else: no object begins with another one.
   */
  #takeWholeGroup(text: string, at: number): number | undefined {
    if (!text.startsWith(GROUP_START, at)) return undefined
    if (this.#nextGroup < at) this.#nextGroup = placeOr(text.indexOf(BETWEEN_GROUPS, at), text.length)
    if (this.#nextGroup === text.length) return undefined
    const end = this.#nextGroup + 1
    const group = parsed(text.slice(at, end), () => {})
    if (group === undefined) return undefined
    this.#ready.push({ document: { resourceSpans: [group] } })
    this.#isValueDue = false
    return end
  }

  #placeHere(): Place {
    const frame = this.#frames.at(-1)
    if (frame === undefined) return 'document'
    if (frame.isList) return IN_LIST[frame.place] ?? 'skipped'
    const names = UNDER_KEY[frame.place]
    return names !== undefined && Object.hasOwn(names, this.#key) ? (names[this.#key] ?? 'skipped') : 'skipped'
  }

  #close(isList: boolean): void {
    const frame = this.#frames.pop()
    if (frame !== undefined && frame.isList !== isList) this.#report('the brackets do not match')
    if (frame?.isJaeger === true) this.#takeJaeger({ isEnd: true })
    if (frame?.place === 'document' && !frame.isFresh && !frame.isKnown) this.#report(UNKNOWN_FORM)
    this.#isValueDue = false
    this.isDone = this.#frames.length === 0
  }

  #readString(text: string, at: number): number {
    const end = this.#endOfString(text, at)
    this.#keyParts?.push(text.slice(at, end === text.length && this.#isInString ? end : end - 1))
    if (!this.#isInString && this.#keyParts !== undefined) this.#takeKey(this.#keyParts.join(''))
    return end
  }

  #takeKey(key: string): void {
    this.#key = key
    const frame = this.#frames.at(-1)
    if (frame?.place !== 'document' || frame.isList) return
    if (frame.isFresh && KEYS_OF_LONE_SPANS.has(key)) return this.#captureLoneSpan(key)
    frame.isFresh = false
    frame.isKnown ||= Object.hasOwn(UNDER_KEY.document ?? {}, key)
  }

  /** The object that has just begun is a span and no document. */
  #captureLoneSpan(key: string): void {
    this.#frames.pop()
    this.#captured = 'lone span'
    this.#depth = 1
    this.#keep(`{${JSON.stringify(key)}`)
  }

  /** Where the string ends that is open at `at`, behind its quote; the end of the text where it goes on. */
  #endOfString(text: string, at: number): number {
    const start = this.#isEscaped ? at + 1 : at
    this.#isEscaped = false
    for (let quote = text.indexOf('"', start); quote !== -1; quote = text.indexOf('"', quote + 1)) {
      if (backslashesBefore(text, quote, start) % 2 === 0) {
        this.#isInString = false
        return quote + 1
      }
    }
    this.#isEscaped = backslashesBefore(text, text.length, start) % 2 === 1
    return text.length
  }

  /** Goes on through a value that is captured or skipped. */
  #passValue(text: string, start: number): number {
    let at = this.#isInString ? this.#endOfString(text, start) : start
    let depth = this.#depth
    while (at < text.length) {
      const code = text.charCodeAt(at++)
      if (code === QUOTE) {
        const end = endOfShort(text, at)
        this.#isInString = end === -1
        at = end === -1 ? this.#endOfString(text, at) : end
      } else if ((code | BRACE_BIT) === OPEN_BRACE) depth += 1
      else if ((code | BRACE_BIT) === CLOSE_BRACE && --depth === 0) break
    }
    this.#depth = depth
    if (this.#captured !== 'skipped') this.#keep(text.slice(start, at))
    if (depth === 0) this.#take()
    return at
  }

  #keep(text: string): void {
    this.#length += text.length
    if (this.#length <= MAX_SPAN) this.#parts.push(text)
    else this.#parts = []
  }

  #take(): void {
    const [captured, length, parts] = [this.#captured, this.#length, this.#parts]
    this.#isValueDue = false
    this.#parts = []
    this.#length = 0
    if (captured === 'skipped') return
    if (length > MAX_SPAN) return this.#report(`a ${captured} is larger than ${MAX_SPAN / 1024 / 1024} MB`)
    const text = parts.join('')
    if (captured === 'lone span') return this.#takeLoneSpan(text)
    const value = parsed(text, this.#report)
    if (captured === 'span') this.#takeSpan(value)
    else if (captured === 'Jaeger span') this.#takeJaegerSpan(value)
    else if (captured === 'processes') this.#takeJaeger({ processes: value })
    else if (captured === 'errors') this.#takeJaeger({ errors: value })
    else this.#takeOrigin(captured, value)
  }

  #takeLoneSpan(text: string): void {
    this.isDone = this.#frames.length === 0
    const document = parsed(text, () => {}) ?? looselyRead(text)
    if (document === undefined) parsed(text, this.#report)
    else this.#ready.push({ document })
  }

  #takeJaegerSpan(span: unknown): void {
    if (span === undefined) return
    if (this.#jaegerSpans === undefined) {
      this.#jaegerSpans = []
      this.#takeJaeger({ spans: this.#jaegerSpans })
    }
    this.#jaegerSpans.push(span)
  }

  #takeJaeger(piece: JaegerPiece): void {
    if (piece.spans === undefined) this.#jaegerSpans = undefined
    const frame = this.#frames.findLast(({ place, isList }) => place === 'document' && !isList)
    if (frame !== undefined) frame.isJaeger = true
    this.#ready.push(piece)
  }

  #takeOrigin(captured: Place, value: unknown): void {
    this.#spans = undefined
    if (captured === 'scope') this.#scope = value
    else {
      if (this.#hasSpans) this.#report('a resource stands behind its spans, in a document that is too large to hold')
      this.#resource = value
    }
  }

  /** Spans of one scope that come in one piece of text leave in one request. */
  #takeSpan(span: unknown): void {
    this.#hasSpans = true
    if (span === undefined) return
    if (this.#spans === undefined) {
      this.#spans = []
      const scopeSpans = [{ scope: this.#scope, spans: this.#spans }]
      this.#ready.push({ document: { resourceSpans: [{ resource: this.#resource, scopeSpans }] } })
    }
    this.#spans.push(span)
  }
}

/** As Python writes it, with numbers that JSON does not have. */
function looselyRead(text: string): unknown {
  const read = readInspected(text)
  return 'value' in read ? read.value : undefined
}

const UNKNOWN_FORM = 'this is no trace in a form that is known'

function parsed(text: string, report: (reason: string) => void): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    report(error instanceof Error ? error.message : String(error))
    return undefined
  }
}

function placeOr(place: number, otherwise: number): number {
  return place === -1 ? otherwise : place
}

/** Where a string ends that is short and plain, behind its quote; else -1. Most are, and to look takes less than to search. */
function endOfShort(text: string, start: number): number {
  const limit = Math.min(start + SHORT, text.length)
  for (let at = start; at < limit; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code === BACKSLASH) return -1
  }
  return -1
}

const SHORT = 48

function backslashesBefore(text: string, at: number, start: number): number {
  let first = at
  while (first > start && text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return at - first
}

/** Whole, or cut at its beginning by the end of the text before. */
const SCALAR = /^(?:true|false|null|[truefalsn]{1,4}|[-+.\deE]+)$/u

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]
/** What a brace has and a bracket lacks. */
const BRACE_BIT = OPEN_BRACE ^ OPEN_BRACKET
const STRUCTURE: ReadonlySet<number> = new Set([
  QUOTE,
  COLON,
  COMMA,
  OPEN_BRACE,
  CLOSE_BRACE,
  OPEN_BRACKET,
  CLOSE_BRACKET,
])
