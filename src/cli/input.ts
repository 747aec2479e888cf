import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { SpanShape } from '../model/span.ts'
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
  const reader = createDocumentReader((line, reason) => onProblem({ file, line, reason }))
  try {
    for await (const text of textOf(file)) yield* reader.read(text)
  } catch (error) {
    onProblem({ file, line: isAboutFile(error) ? 0 : reader.line, reason: reasonOf(error) })
  }
  yield* reader.end()
}

/** RFC 1952: what a gzipped file begins with. */
const GZIP_MAGIC = [0x1f, 0x8b] as const

async function* textOf(file: string): AsyncGenerator<string> {
  const source: Readable = file === '-' ? process.stdin : createReadStream(file)
  const decoder = new TextDecoder()
  for await (const chunk of unzipped(source)) yield decoder.decode(chunk as Buffer, { stream: true })
  yield decoder.decode()
}

async function* unzipped(source: Readable): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const head = await headOf(chunks)
  const whole = joined(head, chunks)
  if (head[0] !== GZIP_MAGIC[0] || head[1] !== GZIP_MAGIC[1]) return yield* whole
  const gunzip = createGunzip()
  const feeding = feed(whole, gunzip)
  yield* gunzip as AsyncIterable<Buffer>
  await feeding
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

async function feed(source: AsyncIterable<Buffer>, gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  try {
    for await (const chunk of source) {
      if (!gunzip.write(chunk))
        await new Promise<void>((resolve) => gunzip.once('drain', resolve).once('error', () => resolve()))
      if (gunzip.destroyed) return
    }
    gunzip.end()
  } catch (error) {
    gunzip.destroy(error as Error)
  }
}

/** Errors of the file system are, those of decompression are about a place. */
function isAboutFile(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).syscall !== undefined
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'this is a directory; name its files'
  if (code === 'EACCES') return 'reading it is not permitted'
  if (code === 'Z_BUF_ERROR') return 'the gzipped data breaks off'
  if (code?.startsWith('Z_') === true) return `the gzipped data is damaged: ${message}`
  return message
}
