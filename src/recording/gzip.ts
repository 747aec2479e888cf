import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib'
import type { InflateRaw } from 'node:zlib'
import type { ByteQueue } from './byte-queue.ts'

/** What is wrong with a member. */
export class GzipError extends Error {}

/** RFC 1952: what a member begins with, up to its only method of compression. */
export const GZIP_MEMBER: readonly number[] = [0x1f, 0x8b, 0x08]

/**
 * Unpacks the member that begins the queue, and takes no byte more. Node's own reader takes the next member for a part
 * of it, and what isn't one for its damage.
 */
export async function* unpackedMember(queue: ByteQueue): AsyncGenerator<Buffer> {
  await skipHeader(queue)
  let [sum, size] = [0, 0]
  for await (const piece of inflated(queue)) {
    sum = crc32(piece, sum)
    size = (size + piece.length) >>> 0
    yield piece
  }
  const trailer = await taken(queue, TRAILER_BYTES)
  if (trailer.readUInt32LE(0) !== sum) throw new GzipError(`${DAMAGED}: incorrect data check`)
  if (trailer.readUInt32LE(SUM_BYTES) !== size) throw new GzipError(`${DAMAGED}: incorrect length check`)
}

const DAMAGED = 'the gzipped data is damaged'
const BREAKS_OFF = 'the gzipped data breaks off'

const [HEADER_BYTES, SUM_BYTES, TRAILER_BYTES, LENGTH_BYTES] = [10, 4, 8, 2]
const [HEADER_SUM, EXTRA, NAME, COMMENT, RESERVED] = [0x02, 0x04, 0x08, 0x10, 0xe0]

async function skipHeader(queue: ByteQueue): Promise<void> {
  const flags = (await taken(queue, HEADER_BYTES)).readUInt8(GZIP_MEMBER.length)
  if ((flags & RESERVED) !== 0) throw new GzipError(`${DAMAGED}: unknown header flags set`)
  if ((flags & EXTRA) !== 0) await taken(queue, (await taken(queue, LENGTH_BYTES)).readUInt16LE())
  if ((flags & NAME) !== 0) await skipText(queue)
  if ((flags & COMMENT) !== 0) await skipText(queue)
  if ((flags & HEADER_SUM) !== 0) await taken(queue, LENGTH_BYTES)
}

/** Up to a zero. */
async function skipText(queue: ByteQueue): Promise<void> {
  for (;;) {
    await queue.fill(1)
    if (queue.rest.length === 0) throw new GzipError(BREAKS_OFF)
    const end = queue.rest.indexOf(0)
    queue.take(end === -1 ? queue.rest.length : end + 1)
    if (end !== -1) return
  }
}

async function taken(queue: ByteQueue, length: number): Promise<Buffer> {
  await queue.fill(length)
  if (queue.rest.length < length) throw new GzipError(BREAKS_OFF)
  return queue.take(length)
}

/** The unpacked data may be a thousand times as large. */
const PIECE_BYTES = 16 * 1024
const CHUNK_BYTES = 256 * 1024

/** A small member is unpacked in one call, which takes a fraction of the time that setting up a stream takes. */
const SMALL_MEMBER = 64 * 1024
const MAX_AT_ONCE = 4 * 1024 * 1024

async function* inflated(queue: ByteQueue): AsyncGenerator<Buffer> {
  await queue.fill(1)
  const small = inflatedAtOnce(queue.rest.subarray(0, SMALL_MEMBER))
  if (small === undefined) return yield* inflatedStream(queue)
  queue.take(small.engine.bytesWritten)
  yield small.buffer
}

/** Undefined if it isn't all there, is too large, or is damaged, which the stream finds out. */
function inflatedAtOnce(bytes: Buffer): Unpacking | undefined {
  try {
    return inflateRawSync(bytes, { info: true, maxOutputLength: MAX_AT_ONCE }) as unknown as Unpacking
  } catch {
    return undefined
  }
}

/** What Node returns for the option `info`. Its types don't have it. */
interface Unpacking {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

async function* inflatedStream(queue: ByteQueue): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES })
  const unpacked: Buffer[] = []
  inflate.on('data', (piece: Buffer) => unpacked.push(piece))
  try {
    for (let isDone = false; !isDone;) {
      await queue.fill(1)
      const before = inflate.bytesWritten
      isDone = await fed(inflate, queue.rest.subarray(0, PIECE_BYTES))
      queue.take(inflate.bytesWritten - before)
      yield* unpacked.splice(0)
    }
  } catch (error) {
    yield* unpacked
    const { code, message } = error as NodeJS.ErrnoException
    throw new GzipError(code === 'Z_BUF_ERROR' ? BREAKS_OFF : `${DAMAGED}: ${message}`)
  } finally {
    inflate.destroy()
  }
}

/** Whether the data has ended in this piece. An empty piece is the end of everything. */
function fed(inflate: InflateRaw, piece: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const end = () => resolve(true)
    inflate.once('end', end).once('error', reject)
    const go = () => {
      inflate.removeListener('end', end).removeListener('error', reject)
      resolve(false)
    }
    if (piece.length === 0) inflate.end()
    else inflate.write(piece, (error) => (error ? reject(error) : go()))
  })
}
