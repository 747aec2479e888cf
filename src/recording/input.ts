import { open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import type { SpanShape } from '../model/span.ts'
import { binaryFormOf, startsWith, ZSTD_MAGIC } from '../forms/form.ts'
import { fileReason } from '../base/file-reason.ts'
import { ByteQueue } from './byte-queue.ts'
import { withoutColors } from './colors.ts'
import { createDocumentReader } from './documents.ts'
import { GzipError } from './gzip.ts'
import { HeldProblems } from './held-problems.ts'
import { delimitedSpans } from './messages.ts'
import { protobufSpans } from './protobuf.ts'
import { GZIP, Unpacked, ZSTD } from './unpacked.ts'
import type { Packing } from './unpacked.ts'
import { canUnpackZstd, ZstdError } from './zstd.ts'

/** Something that couldn't be read. The rest of the input still is. */
export interface InputProblem {
  readonly file: string
  /** Counts from 1. It's 0 if the problem concerns the file as a whole, or a file without lines. */
  readonly line: number
  readonly reason: string
  /** How many places it's about, if that's more than one. */
  readonly places?: number
}

/**
 * Reads the spans of one file, or of standard input for `-`. It recognizes the form from the content: OTLP JSON, as one
 * request per line or over many lines; Jaeger's JSON; spans as console exporters print them; OTLP in protobuf, as one
 * request or many, each after its length. Each of these may be packed with gzip or zstd. Reports and skips what it
 * can't read. Reads a file that breaks off up to that point. Never throws, and holds at most the file's longest line or
 * span, up to a limit.
 */
export async function* readSpans(file: string, onProblem: (problem: InputProblem) => void): AsyncGenerator<SpanShape> {
  for await (const spans of readBatches(file, onProblem)) yield* spans
}

/**
 * Like `readSpans`, but yields all spans from one piece of the file at a time, because awaiting each span takes longer
 * than reading it.
 */
export async function* readBatches(
  file: string,
  onProblem: (problem: InputProblem) => void,
  onLine?: (line: number, spans: readonly SpanShape[]) => void,
): AsyncGenerator<Iterable<SpanShape>> {
  const report: Listener['report'] = (line, reason, places = 1) =>
    onProblem({ file, line, reason: brief(reason), ...(places === 1 ? {} : { places }) })
  yield* spansOfBytes(file === '-' ? process.stdin : bytesOf(file), { report, onLine })
}

/** A reason may name a key of the recording, which may be as long as a span. */
const MAX_REASON = 1_000

function brief(reason: string): string {
  return reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}…` : reason
}

/** Like `readBatches`, for bytes from any source. Each piece has to stay valid until the next one is requested. */
export async function* spansOfBytes(
  source: AsyncIterable<Buffer>,
  listener: Listener,
): AsyncGenerator<Iterable<SpanShape>> {
  try {
    yield* unpackedSpans(source, listener)
  } catch (error) {
    listener.report(0, reasonOf(error))
  }
}

interface Listener {
  /** `line` is 0 if the problem concerns the whole. `places`: see `InputProblem`. */
  readonly report: (line: number, reason: string, places?: number) => void
  readonly onLine: ((line: number, spans: readonly SpanShape[]) => void) | undefined
}

const CHUNK_BYTES = 256 * 1024

/** All pieces share the same memory: each is valid only until the next one is requested. */
async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file)
  try {
    const room = Buffer.allocUnsafe(CHUNK_BYTES)
    for (;;) {
      const { bytesRead } = await handle.read(room, 0, CHUNK_BYTES, null)
      if (bytesRead === 0) return
      yield room.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** After this many bytes, it's clear what they are. */
export const HEAD_BYTES = 512
/** How many times data may be packed. People who pack packed data do so only once. */
const MAX_PACKED = 4

async function* unpackedSpans(
  source: AsyncIterable<Buffer>,
  listener: Listener,
  depth = 0,
): AsyncGenerator<Iterable<SpanShape>> {
  const queue = new ByteQueue(source)
  try {
    await queue.fill(HEAD_BYTES)
    const packing = packingOf(queue)
    if (packing === undefined) yield* spansIn(queue, listener)
    else if (depth === MAX_PACKED) throw new ForeignInput('this is packed too many times over')
    else yield* packedSpans(new Unpacked(queue, packing, (reason) => listener.report(0, reason)), listener, depth + 1)
  } finally {
    await queue.close()
  }
}

/** What follows damage is read as data of its own, because nobody knows what is missing between the two. */
async function* packedSpans(
  unpacked: Unpacked,
  listener: Listener,
  depth: number,
): AsyncGenerator<Iterable<SpanShape>> {
  do {
    unpacked.isDamaged = false
    try {
      yield* unpackedSpans(unpacked.pieces(), listener, depth)
    } catch (error) {
      if (!unpacked.isDamaged) throw error
      listener.report(0, reasonOf(error))
    }
  } while (unpacked.isDamaged && (await unpacked.findNext()))
}

/** Whether the first bytes of a file show that it's packed, or OTLP in protobuf. No other file begins like this. */
export function looksRecorded(head: Buffer): boolean {
  if (startsWith(head, GZIP_MAGIC) || startsWith(head, ZSTD_MAGIC)) return true
  return !isText(head) && binaryFormOf(head) !== undefined
}

/** RFC 1952: what a gzipped file begins with. */
const GZIP_MAGIC: readonly number[] = [0x1f, 0x8b]

/** Undefined if it isn't packed. */
function packingOf(queue: ByteQueue): Packing | undefined {
  if (startsWith(queue.rest, GZIP_MAGIC)) return GZIP
  if (!startsWith(queue.rest, ZSTD_MAGIC)) return undefined
  if (canUnpackZstd) return ZSTD
  throw new ForeignInput(`this is compressed with zstd, ${NEWER_NODE}, or unpack it first (zstd -d FILE)`)
}

const NEWER_NODE = 'which Node reads from 22.15 on: take a newer Node'

/** The spans of unpacked bytes. How they begin tells their form. */
async function* spansIn(queue: ByteQueue, listener: Listener): AsyncGenerator<Iterable<SpanShape>> {
  const head = queue.rest.subarray(0, HEAD_BYTES)
  const report = (reason: string) => listener.report(0, reason)
  if (isText(head)) return yield* textSpans(queue.pieces(), listener)
  const form = binaryFormOf(head)
  if (form === undefined) throw new ForeignInput(foreignReason(head))
  if (form === 'request') return yield* protobufSpans(queue, Infinity, report)
  const isVarint = form === 'varint messages'
  yield* delimitedSpans(queue, isVarint, (length, say) => messageSpans(queue, length, say), report)
}

/** A message may itself be packed, and may be text. */
async function* messageSpans(
  queue: ByteQueue,
  length: number,
  report: (reason: string) => void,
): AsyncGenerator<Iterable<SpanShape>> {
  if (queue.rest.length < HEAD_BYTES) await queue.fill(Math.min(length, HEAD_BYTES))
  const head = queue.rest.subarray(0, Math.min(length, HEAD_BYTES))
  if (binaryFormOf(head) === 'request') return yield* protobufSpans(queue, length, report)
  // One complaint covers all messages.
  if (startsWith(head, ZSTD_MAGIC) && !canUnpackZstd) {
    throw new ForeignInput(`its messages are compressed with zstd, ${NEWER_NODE}`)
  }
  const say = (line: number, reason: string) => report(line === 0 ? reason : `line ${line}: ${reason}`)
  try {
    yield* unpackedSpans(queue.pieces(length), { report: say, onLine: undefined })
  } catch (error) {
    report(reasonOf(error))
  }
}

/** V8 puts longer text on pages of its own. Getting and clearing those takes longer than decoding. */
const TEXT_BYTES = 64 * 1024

async function* textSpans(chunks: AsyncIterable<Buffer>, listener: Listener): AsyncGenerator<Iterable<SpanShape>> {
  const problems = new HeldProblems(listener.report)
  const reader = createDocumentReader(problems.add, undefined, listener.onLine)
  let isCut = false
  try {
    for await (const text of textOf(chunks)) {
      const spans = reader.read(text)
      if (spans.length > 0) problems.open()
      yield spans
    }
  } catch (error) {
    isCut = true
    problems.add(isAboutFile(error) ? 0 : reader.line, reasonOf(error))
  }
  const spans = reader.end(isCut)
  if (spans.length > 0) problems.open()
  yield spans
  problems.end()
}

async function* textOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const plain = withoutColors()
  let decoder: StringDecoder | undefined
  for await (const chunk of chunks) {
    let isFirst = decoder === undefined
    decoder ??= new StringDecoder(startsWith(chunk, UTF_16_MARK) ? 'utf16le' : 'utf8')
    for (let at = 0; at < chunk.length; at += TEXT_BYTES) {
      const text = plain(decoder.write(chunk.subarray(at, at + TEXT_BYTES)))
      yield isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
      isFirst = false
    }
  }
  if (decoder !== undefined) yield decoder.end()
}

const UTF_16_MARK: readonly number[] = [0xff, 0xfe]
const BYTE_ORDER_MARK = '\uFEFF'

/** Text has no control characters except white space, and the escape that colors begin with. */
function isText(head: Buffer): boolean {
  return startsWith(head, UTF_16_MARK) || head.every((byte) => byte >= SPACE || WHITE.has(byte) || byte === ESCAPE)
}

const SPACE = 0x20
const ESCAPE = 0x1b
const WHITE: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d])

class ForeignInput extends Error {}

function foreignReason(head: Buffer): string {
  const known = FOREIGN.find(({ magic }) => startsWith(head, magic))
  return known?.reason ?? 'this is binary, and neither OTLP in protobuf nor packed with gzip or zstd'
}

/** How files of other formats begin. */
const FOREIGN: readonly { readonly magic: readonly number[]; readonly reason: string }[] = [
  {
    magic: [0xfe, 0xff],
    reason: 'this is UTF-16 in big-endian order: convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)',
  },
  { magic: [0x50, 0x4b, 0x03, 0x04], reason: 'this is a zip archive: unpack it first' },
]

/** True for file system errors and for unsuitable input. Decompression errors concern one position. */
function isAboutFile(error: unknown): boolean {
  return error instanceof ForeignInput || (error as NodeJS.ErrnoException).syscall !== undefined
}

function reasonOf(error: unknown): string {
  if (error instanceof ZstdError || error instanceof GzipError) return error.message
  const { code, message } = error as NodeJS.ErrnoException
  if (code?.startsWith('ZSTD_') === true) return `the zstd data is damaged: ${message}`
  return fileReason(error)
}
