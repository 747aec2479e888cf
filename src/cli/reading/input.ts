import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import type { SpanShape } from '../../model/span.ts'
import { fileReason } from '../file-reason.ts'
import { createDocumentReader } from './documents.ts'

/** Something that could not be read. Everything else of the input is. */
export interface InputProblem {
  readonly file: string
  /** From 1; 0 where it is about the file as a whole. */
  readonly line: number
  readonly reason: string
}

/**
 * Reads the spans of one file, or of standard input for `-`: OTLP JSON, one request a line or one over many lines,
 * gzipped or not. What cannot be read is reported and passed over; a file that breaks off is read up to there. Never
 * throws, and holds no more of the file than its longest line, up to a limit.
 */
export async function* readSpans(file: string, onProblem: (problem: InputProblem) => void): AsyncGenerator<SpanShape> {
  for await (const spans of readBatches(file, onProblem)) yield* spans
}

/** As `readSpans`, with the spans of one piece of the file at a time: waiting for each takes longer than reading it. */
export async function* readBatches(
  file: string,
  onProblem: (problem: InputProblem) => void,
  onLine?: (line: number, spans: readonly SpanShape[]) => void,
): AsyncGenerator<Iterable<SpanShape>> {
  const reader = createDocumentReader((line, reason) => onProblem({ file, line, reason }), undefined, onLine)
  let isCut = false
  try {
    for await (const text of textOf(file)) yield reader.read(text)
  } catch (error) {
    isCut = true
    onProblem({ file, line: isAboutFile(error) ? 0 : reader.line, reason: reasonOf(error) })
  }
  yield reader.end(isCut)
}

const CHUNK_BYTES = 256 * 1024
/** V8 gives a longer text pages of its own, and to get and clear them takes longer than to decode it. */
const TEXT_BYTES = 64 * 1024

async function* textOf(file: string): AsyncGenerator<string> {
  let decoder: StringDecoder | undefined
  for await (const chunk of unzipped(file === '-' ? process.stdin : bytesOf(file))) {
    let isFirst = decoder === undefined
    decoder ??= decoderFor(chunk)
    for (let at = 0; at < chunk.length; at += TEXT_BYTES) {
      const text = decoder.write(chunk.subarray(at, at + TEXT_BYTES))
      yield isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
      isFirst = false
    }
  }
  if (decoder !== undefined) yield decoder.end()
}

/** All pieces come in the same memory: each is good until the next one is asked for. */
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

/** RFC 1952: what a gzipped file begins with. */
const GZIP_MAGIC = [0x1f, 0x8b] as const

async function* unzipped(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]()
  try {
    const head = await headOf(chunks)
    const whole = joined(head, chunks)
    if (head[0] !== GZIP_MAGIC[0] || head[1] !== GZIP_MAGIC[1]) return yield* whole
    const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
    const packed = Readable.from(copied(whole), { objectMode: false }).once('error', (error) => gunzip.destroy(error))
    yield* packed.pipe(gunzip) as AsyncIterable<Buffer>
  } finally {
    await chunks.return?.()
  }
}

/** A stream may ask for the next piece before it has used the last one. */
async function* copied(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk)
}

/** A pipe may bring less than the two bytes that tell a gzipped file. */
async function headOf(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < GZIP_MAGIC.length) {
    const next = await chunks.next()
    if (next.done === true) return head
    head = Buffer.concat([head, next.value])
  }
  return head
}

async function* joined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

/** By what the text begins with. Throws a `ForeignInput` where that is none. */
function decoderFor(start: Buffer): StringDecoder {
  if (start.subarray(0, 2).toString('hex') === UTF_16_MARK) return new StringDecoder('utf16le')
  for (const [magic, reason] of FOREIGN) {
    if (start.subarray(0, magic.length / 2).toString('hex') === magic) throw new ForeignInput(reason)
  }
  if (start.subarray(0, START_BYTES).some((byte) => byte < SPACE && !WHITE.has(byte))) {
    throw new ForeignInput(
      'this is binary and no JSON; let the exporter write OTLP as JSON (file exporter: format: json)',
    )
  }
  return new StringDecoder('utf8')
}

class ForeignInput extends Error {}

const UTF_16_MARK = 'fffe'
const BYTE_ORDER_MARK = '\uFEFF'
/** Beginnings of files, in hex. */
const FOREIGN = [
  ['feff', 'this is UTF-16 in big-endian order: convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)'],
  ['28b52ffd', 'this is compressed with zstd: unpack it first (zstd -d)'],
  ['504b0304', 'this is a zip archive: unpack it first'],
] as const
const START_BYTES = 512
const SPACE = 0x20
const WHITE: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d])

/** Errors of the file system are, and those of its kind; those of decompression are about a place. */
function isAboutFile(error: unknown): boolean {
  return error instanceof ForeignInput || (error as NodeJS.ErrnoException).syscall !== undefined
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR') return 'the gzipped data breaks off'
  if (code?.startsWith('Z_') === true) return `the gzipped data is damaged: ${message}`
  return fileReason(error)
}
