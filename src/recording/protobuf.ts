import type { SpanShape } from '../model/span.ts'
import { varintAt } from '../forms/form.ts'
import { decodedResource, decodedScope, decodedSpan } from '../otlp/otlp-protobuf.ts'
import { readSpan, resourceOf, scopeOf } from '../otlp/otlp-json-span.ts'
import type { Complain } from '../otlp/otlp-json-value.ts'
import type { ByteQueue } from './byte-queue.ts'
import { MAX_SPAN } from './span-limits.ts'
import { weightOf, windowBytes } from './span-weight.ts'

type ReportReason = (reason: string) => void

/**
 * Reads an `ExportTraceServiceRequest` in protobuf as it comes in: the next `length` bytes of the queue, or all that
 * are left. It holds one span at a time, and also the spans that it has read but whose resource or scope is still to
 * come: the Collector writes both after their spans. Reports and skips what it can't read, with its place.
 */
export async function* protobufSpans(
  queue: ByteQueue,
  length: number,
  report: ReportReason,
): AsyncGenerator<readonly SpanShape[]> {
  const reader = new RequestReader(queue, length, report)
  for (let needed = reader.read(); needed > 0; needed = reader.read()) {
    // Yields what was read before it waits for the next bytes, which may never come.
    yield reader.taken()
    await queue.fill(needed)
  }
  yield reader.taken()
}

/** A message that holds others. */
type Place = 'request' | 'group' | 'scope group'
/** A message that is read as a whole. */
type Part = 'resource' | 'scope' | 'span'

/** Which fields hold what. */
const FIELDS: Readonly<Record<Place, ReadonlyMap<number, Place | Part>>> = {
  request: new Map([[1, 'group']]),
  group: new Map<number, Place | Part>([
    [1, 'resource'],
    [2, 'scope group'],
    // The scopes of OTLP before 0.15.
    [1_000, 'scope group'],
  ]),
  'scope group': new Map([
    [1, 'scope'],
    [2, 'span'],
  ]),
}

interface Frame {
  readonly place: Place
  /** The position after it. */
  readonly end: number
}

/** At most this many spans wait for their resource and scope, and at most a quarter of what a window may hold. */
const MAX_WAITING = 200_000
const WAITING_SHARE = 4

/** What spans belong to, which may be known only after them. */
interface Origin {
  resource: { attributes: SpanShape['resource']['attributes'] }
  scope: { name: string; version: string | undefined }
  hasResource: boolean
  hasScope: boolean
  /** Whether it was given: nothing else may be. */
  isResourceRead: boolean
  isScopeRead: boolean
}

function newOrigin(): Origin {
  return {
    resource: { ...NO_RESOURCE },
    scope: { ...NO_SCOPE, version: '' },
    hasResource: false,
    hasScope: false,
    isResourceRead: false,
    isScopeRead: false,
  }
}

class RequestReader {
  readonly #queue: ByteQueue
  readonly #report: ReportReason
  readonly #frames: Frame[]
  /** How many bytes are still to be skipped. */
  #skipping = 0
  /** The spans that no longer wait for anything, and those that do. */
  #spans: SpanShape[] = []
  #waiting: SpanShape[] = []
  #waitingBytes = 0
  readonly #maxWaitingBytes = windowBytes() / WAITING_SHARE
  #origin = newOrigin()
  /** Where the part begins that is being read. */
  #partAt = 0
  readonly #twice = (name: string) => this.#report(`byte ${this.#partAt}: ${name} is given twice`)
  readonly #complain: Complain = (where, reason) => this.#report(`byte ${this.#partAt}: ${where} ${reason}`)

  constructor(queue: ByteQueue, length: number, report: ReportReason) {
    this.#queue = queue
    this.#report = report
    this.#frames = [{ place: 'request', end: queue.position + length }]
  }

  taken(): readonly SpanShape[] {
    const spans = this.#spans
    this.#spans = []
    return spans
  }

  /** Reads what is there. Returns how many bytes it needs to continue, or 0 at the end of the request. */
  read(): number {
    while (this.#frames.length > 0) {
      const needed = this.#skipping > 0 ? this.#skip() : this.#step(this.#frames.at(-1) as Frame)
      if (needed === 0) continue
      if (!this.#queue.isDone) return needed
      this.#report(`byte ${this.#queue.position}: the request breaks off`)
      this.#frames.length = 0
    }
    this.#release()
    return 0
  }

  #skip(): number {
    this.#skipping -= this.#queue.take(this.#skipping).length
    return Math.min(this.#skipping, 1)
  }

  /** Reads one field. If its bytes aren't there yet, returns how many it takes. */
  #step(frame: Frame): number {
    const { rest, position, isDone } = this.#queue
    if (position === frame.end || (rest.length === 0 && isDone && frame.end === Infinity)) return this.#close()
    const field = fieldAt(rest)
    if (field === undefined && rest.length < MAX_HEADER) return MAX_HEADER
    if (field === undefined || position + field.header + field.length > frame.end) return this.#giveUp(frame)
    const part = field.isMessage ? FIELDS[frame.place].get(field.number) : undefined
    if (part === 'resource' || part === 'scope' || part === 'span') return this.#take(part, field)
    this.#queue.take(field.header)
    if (part === undefined) this.#skipping = field.length
    else this.#open(part, this.#queue.position + field.length)
    return 0
  }

  #open(place: Place, end: number): void {
    if (place === 'group') this.#origin = newOrigin()
    else this.#origin = { ...this.#origin, scope: newOrigin().scope, hasScope: false, isScopeRead: false }
    this.#frames.push({ place, end })
  }

  #close(): number {
    const place = this.#frames.pop()?.place
    if (place === 'scope group') this.#origin.hasScope = true
    if (place !== 'scope group' || this.#origin.hasResource) this.#release()
    return 0
  }

  #release(): void {
    for (const span of this.#waiting) this.#spans.push(span)
    this.#waiting = []
    this.#waitingBytes = 0
  }

  /** If the length of a message is known, what follows it can still be read. */
  #giveUp({ place, end }: Frame): number {
    this.#report(`byte ${this.#queue.position}: a ${place} is damaged; what follows in it is not read`)
    if (end === Infinity) this.#frames.length = 0
    else this.#skipping = end - this.#queue.position
    return 0
  }

  #take(part: Part, { header, length }: Field): number {
    const at = this.#queue.position
    if (length > MAX_SPAN) {
      this.#report(`byte ${at}: a ${part} is larger than ${MAX_SPAN / 1024 / 1024} MB`)
      this.#queue.take(header)
      this.#skipping = length
      return 0
    }
    if (this.#queue.rest.length < header + length) return header + length
    this.#partAt = at
    const reason = this.#read(part, this.#queue.take(header + length).subarray(header))
    if (reason !== undefined) this.#report(`byte ${at}: ${reason}`)
    return 0
  }

  /** Returns why it can't be read. */
  #read(part: Part, bytes: Buffer): string | undefined {
    try {
      if (part === 'span') return this.#readSpan(bytes)
      if (part === 'scope') this.#takeScope(bytes)
      else this.#takeResource(bytes)
      return undefined
    } catch (error) {
      return `a ${part} cannot be read: ${(error as Error).message}`
    }
  }

  #takeScope(bytes: Buffer): void {
    if (this.#origin.isScopeRead) this.#twice('the scope')
    this.#origin.isScopeRead = true
    Object.assign(this.#origin.scope, scopeOf(decodedScope(bytes), this.#complain))
    this.#origin.hasScope = true
  }

  #takeResource(bytes: Buffer): void {
    if (this.#origin.isResourceRead) this.#twice('the resource')
    this.#origin.isResourceRead = true
    this.#origin.resource.attributes = resourceOf(decodedResource(bytes, this.#twice), this.#complain).attributes
    this.#origin.hasResource = true
  }

  #readSpan(bytes: Buffer): string | undefined {
    const { resource, scope, hasResource, hasScope } = this.#origin
    const read = readSpan(decodedSpan(bytes, this.#twice), resource, scope, this.#complain)
    if (typeof read === 'string') return read
    if (hasResource && hasScope) this.#spans.push(read)
    else {
      this.#waiting.push(read)
      this.#waitingBytes += weightOf(read)
    }
    const isFull = this.#waiting.length >= MAX_WAITING || this.#waitingBytes > this.#maxWaitingBytes
    return isFull ? this.#waitNoLonger() : undefined
  }

  /** If only the scope is missing, assumes that there isn't one: no scope was ever seen after this many spans. */
  #waitNoLonger(): string | undefined {
    const waiting = this.#waiting.length
    this.#release()
    this.#origin.hasScope = true
    if (this.#origin.hasResource) return undefined
    this.#origin = newOrigin()
    return `${waiting} spans and more stand before their resource, which is not known`
  }
}

const NO_RESOURCE = { attributes: {} }
const NO_SCOPE = { name: '', version: '' }

interface Field {
  readonly number: number
  /** Whether it has a length, as a message does. */
  readonly isMessage: boolean
  /** How many bytes the tag and length take, and how many the content of the field takes. */
  readonly header: number
  readonly length: number
}

/** The longest tag plus the longest length. */
const MAX_HEADER = 20

/** The field that begins with these bytes. Undefined if they aren't a field, or don't show its whole header. */
function fieldAt(bytes: Buffer): Field | undefined {
  const tag = varintAt(bytes, 0)
  if (tag === undefined || tag.value < FIRST_TAG || tag.value > LAST_TAG) return undefined
  const number = Math.floor(tag.value / TAG_TYPES)
  const type = tag.value % TAG_TYPES
  if (type === FIXED_64 || type === FIXED_32) return { number, isMessage: false, header: tag.end, length: SIZES[type] }
  const length = type === VARINT || type === LENGTH ? varintAt(bytes, tag.end) : undefined
  if (length === undefined) return undefined
  return { number, isMessage: type === LENGTH, header: length.end, length: type === LENGTH ? length.value : 0 }
}

const TAG_TYPES = 8
const [FIRST_TAG, LAST_TAG] = [TAG_TYPES, 2 ** 32 - 1]
const VARINT = 0
const FIXED_64 = 1
const LENGTH = 2
const FIXED_32 = 5
const SIZES = { [FIXED_64]: 8, [FIXED_32]: 4 } as const
