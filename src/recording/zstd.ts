import { Readable } from 'node:stream'
import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import { startsWith } from '../forms/form.ts'
import type { ByteQueue } from './byte-queue.ts'

/** Available in Node from 22.15 and 23.8 on. The types of earlier versions don't have it. */
interface Zstd {
  readonly createZstdDecompress?: (options?: object) => Transform
  readonly zstdDecompressSync?: (bytes: Uint8Array, options?: object) => Buffer
}

const { createZstdDecompress, zstdDecompressSync } = zlib as Zstd

/** Whether this Node can read zstd. */
export const canUnpackZstd = createZstdDecompress !== undefined && zstdDecompressSync !== undefined

/** Why the packed data can't be read. */
export class ZstdError extends Error {}

const MAGIC_BYTES = 4
const SKIPPABLE: readonly number[] = [0x2a, 0x4d, 0x18]

/** A frame that any reader skips. */
export function isSkippable(bytes: Buffer): boolean {
  return startsWith(bytes, SKIPPABLE, 1) && ((bytes[0] ?? 0) & 0xf0) === 0x50
}

export async function skipFrame(queue: ByteQueue): Promise<void> {
  await needed(queue, MAGIC_BYTES + SIZE_BYTES)
  const size = queue.take(MAGIC_BYTES + SIZE_BYTES).readUInt32LE(MAGIC_BYTES)
  if (!(await queue.skip(size))) throw new ZstdError(BREAKS_OFF)
}

const SIZE_BYTES = 4
const BREAKS_OFF = 'the zstd data breaks off'

/**
 * Unpacks the frame that begins the queue, and takes no byte more. Node reads one frame and silently skips what follows.
 * A small one is unpacked in one call, which takes a fraction of the time that setting up a stream takes.
 */
export async function* unpackedFrame(queue: ByteQueue): AsyncGenerator<Buffer> {
  const frame = { isCut: false }
  const blocks = frameBlocks(queue, frame)
  const first: Buffer[] = []
  let size = 0
  let next = await blocks.next()
  for (; next.done !== true && size < SMALL_FRAME; next = await blocks.next()) {
    first.push(Buffer.from(next.value))
    size += next.value.length
  }
  const packed = Buffer.concat(first)
  const small = next.done === true && !frame.isCut ? unpackedAtOnce(packed) : undefined
  if (small !== undefined) yield small
  else yield* unpackedStream(packed, next.done === true ? undefined : next.value, blocks)
  if (frame.isCut) throw new ZstdError(BREAKS_OFF)
}

const SMALL_FRAME = 256 * 1024
/** The unpacked data may be thousands of times as large as the frame. */
const MAX_AT_ONCE = 4 * 1024 * 1024
const CHUNK_BYTES = 256 * 1024

function unpackedAtOnce(packed: Buffer): Buffer | undefined {
  try {
    return zstdDecompressSync?.(packed, { maxOutputLength: MAX_AT_ONCE })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw error
  }
}

async function* unpackedStream(
  start: Buffer,
  second: Buffer | undefined,
  blocks: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  async function* packed() {
    yield start
    if (second !== undefined) yield Buffer.from(second)
    // Copied, because a stream may request the next piece before it has used the last.
    for await (const block of blocks) yield Buffer.from(block)
  }
  const unpacking = createZstdDecompress?.({ chunkSize: CHUNK_BYTES })
  if (unpacking === undefined) return
  Readable.from(packed(), { objectMode: false })
    .once('error', (error) => unpacking.destroy(error))
    .pipe(unpacking)
  try {
    yield* unpacking as AsyncIterable<Buffer>
  } catch (error) {
    // The caller reports that the frame was cut. Node 22 doesn't notice.
    if ((error as NodeJS.ErrnoException).code !== 'Z_BUF_ERROR') throw error
  }
}

const [SINGLE_SEGMENT, CHECKSUM] = [0x20, 0x04]
const DICTIONARY_BYTES = [0, 1, 2, 4] as const
const CONTENT_BYTES = [0, 2, 4, 8] as const
const [CHECKSUM_BYTES, BLOCK_HEADER_BYTES, RLE, RESERVED] = [4, 3, 1, 3]

/** The bytes of one frame (RFC 8878): its header, its blocks, its checksum. */
async function* frameBlocks(queue: ByteQueue, frame: { isCut: boolean }): AsyncGenerator<Buffer> {
  await queue.fill(MAGIC_BYTES + 1)
  const descriptor = queue.rest[MAGIC_BYTES] ?? 0
  let size = MAGIC_BYTES + headerBytes(descriptor)
  for (let isLast = false; ;) {
    for await (const piece of queue.pieces(size)) {
      size -= piece.length
      yield piece
    }
    if (size > 0) break
    if (isLast) return
    await queue.fill(BLOCK_HEADER_BYTES)
    if (queue.rest.length < BLOCK_HEADER_BYTES) break
    const header = queue.rest.readUIntLE(0, BLOCK_HEADER_BYTES)
    isLast = (header & 1) === 1
    size = BLOCK_HEADER_BYTES + blockBytes(header)
    if (isLast && (descriptor & CHECKSUM) !== 0) size += CHECKSUM_BYTES
  }
  frame.isCut = true
}

function headerBytes(descriptor: number): number {
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0
  const content = CONTENT_BYTES[(descriptor >> 6) as 0 | 1 | 2 | 3]
  const dictionary = DICTIONARY_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3]
  return 1 + (isSingle ? 0 : 1) + dictionary + (isSingle && content === 0 ? 1 : content)
}

function blockBytes(header: number): number {
  const type = (header >> 1) & 3
  if (type === RESERVED) throw new ZstdError('the zstd data is damaged: a block has no type')
  return type === RLE ? 1 : header >> 3
}

async function needed(queue: ByteQueue, length: number): Promise<void> {
  await queue.fill(length)
  if (queue.rest.length < length) throw new ZstdError(BREAKS_OFF)
}
