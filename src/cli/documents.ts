import { JSONParser } from '@streamparser/json'
import { readRequest } from '../rules/otlp-json.ts'
import type { SpanShape } from '../model/span.ts'

export interface DocumentReader {
  /** The number of the line that is being read, from 1. */
  readonly line: number
  /** Takes the next piece of the text, cut anywhere, and gives back the spans that are whole now. */
  read(text: string): Generator<SpanShape>
  /** Takes the end of the text. */
  end(): Generator<SpanShape>
}

/** A longer document is not held as text but taken apart while it comes in. In UTF-16 units. */
const MAX_HELD = 32 * 1024 * 1024

/**
 * Takes a text apart into OTLP JSON documents. A line that is a document by itself always counts as one, so that a
 * document which breaks off loses nothing but itself. In a document larger than the limit a resource has to stand
 * before its spans.
 */
export function createDocumentReader(
  report: (line: number, reason: string) => void,
  maxHeld = MAX_HELD,
): DocumentReader {
  let line = 1
  let rest = ''
  let open: OpenDocument | undefined

  function* takeLine(text: string): Generator<SpanShape> {
    const whole = open === undefined || isRequestStart(text) ? parsed(text) : undefined
    if (whole !== undefined) {
      giveUp()
      yield* readRequest(whole.value, ({ place, reason }) =>
        report(line, place === '' ? reason : `${place}: ${reason}`),
      )
    } else if (open !== undefined || text.trim() !== '') {
      yield* extend(`${text}\n`)
    }
    line += 1
  }

  function* extend(text: string): Generator<SpanShape> {
    open ??= new OpenDocument(line, maxHeld, report)
    yield* open.add(text)
    if (open.isDone) open = undefined
  }

  function giveUp(): void {
    if (open !== undefined) report(open.line, 'the document breaks off')
    open = undefined
  }

  return {
    get line() {
      return line
    },
    *read(text) {
      const [first = '', ...others] = text.split('\n')
      // Joined first and split never again: a long line comes in many pieces.
      rest += first
      for (const next of others) {
        yield* takeLine(rest)
        rest = next
      }
      if (rest.length <= maxHeld) return
      yield* extend(rest)
      rest = ''
    },
    *end() {
      if (rest !== '') yield* takeLine(rest)
      giveUp()
    },
  }
}

/** Inside a document only a line that begins one can be one; the others need no second look. */
function isRequestStart(line: string): boolean {
  return line.startsWith('{') && /^\{\s*"resource_?[sS]pans"/u.test(line)
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** A document that goes on over several lines, or is too large to hold. */
class OpenDocument {
  readonly line: number
  isDone = false
  readonly #maxHeld: number
  readonly #report: (line: number, reason: string) => void
  readonly #depth = new Depth()
  #held = ''
  #stream: SpanStream | undefined

  constructor(line: number, maxHeld: number, report: (line: number, reason: string) => void) {
    this.line = line
    this.#maxHeld = maxHeld
    this.#report = report
  }

  *add(text: string): Generator<SpanShape> {
    if (this.#stream === undefined && this.#held.length + text.length > this.#maxHeld) this.#stream = new SpanStream()
    if (this.#stream !== undefined) return yield* this.#feed(this.#stream, text)
    this.#held += text
    this.#depth.read(text)
    if (!this.#depth.isClosed) return
    this.isDone = true
    yield* this.#readHeld()
  }

  *#readHeld(): Generator<SpanShape> {
    try {
      const request: unknown = JSON.parse(this.#held)
      yield* readRequest(request, ({ place, reason }) => this.#fail(place === '' ? reason : `${place}: ${reason}`))
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error))
    }
  }

  *#feed(stream: SpanStream, text: string): Generator<SpanShape> {
    const held = this.#held
    this.#held = ''
    for (const part of [held, text])
      for (const request of stream.write(part)) yield* readRequest(request, ({ reason }) => this.#fail(reason))
    this.isDone = stream.isDone
    if (stream.error !== undefined) this.#fail(stream.error)
  }

  #fail(reason: string): void {
    this.#report(this.line, reason)
  }
}

/** Follows brackets outside of strings to see where a document ends, or that it never was one. */
class Depth {
  #depth = 0
  #hasBegun = false
  #isInString = false
  #isEscaped = false

  get isClosed(): boolean {
    return this.#hasBegun && this.#depth <= 0
  }

  read(text: string): void {
    for (let index = 0; index < text.length; index++) this.#take(text.charCodeAt(index))
  }

  #take(code: number): void {
    if (this.#isInString) return this.#takeInString(code)
    if (code === QUOTE) this.#isInString = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) this.#depth += 1
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) this.#depth -= 1
    if (code > SPACE) this.#hasBegun = true
  }

  #takeInString(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (code === BACKSLASH) this.#isEscaped = true
    else if (code === QUOTE) this.#isInString = false
  }
}

const [SPACE, QUOTE, BACKSLASH] = [0x20, 0x22, 0x5c]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]

/** Takes a document apart while it comes in: each span becomes a request of its own. */
class SpanStream {
  isDone = false
  error: string | undefined
  readonly #parser = new JSONParser({ paths: PATHS, keepStack: false })
  #ready: unknown[] = []
  #resource: unknown
  #scope: unknown
  #resourceAt: unknown
  #scopeAt: unknown

  constructor() {
    this.#parser.onError = ({ message }) => {
      this.error ??= message
      this.isDone = true
    }
    this.#parser.onValue = ({ value, key, stack }) => this.#take(value, key, stack[2]?.key, stack[4]?.key)
  }

  write(text: string): readonly unknown[] {
    if (text !== '' && !this.isDone) this.#parser.write(text)
    this.isDone ||= this.#parser.isEnded
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  #take(value: unknown, key: unknown, resourceAt: unknown, scopeAt: unknown): void {
    if (resourceAt !== this.#resourceAt) this.#resource = undefined
    if (resourceAt !== this.#resourceAt || scopeAt !== this.#scopeAt) this.#scope = undefined
    this.#resourceAt = resourceAt
    this.#scopeAt = scopeAt
    if (key === 'resource') this.#resource = value
    else if (key === 'scope') this.#scope = value
    else this.#ready.push(this.#requestOf(value))
  }

  #requestOf(span: unknown): unknown {
    return { resourceSpans: [{ resource: this.#resource, scopeSpans: [{ scope: this.#scope, spans: [span] }] }] }
  }
}

const PATHS = [
  '$.resourceSpans.*.resource',
  '$.resourceSpans.*.scopeSpans.*.scope',
  '$.resourceSpans.*.scopeSpans.*.spans.*',
]
