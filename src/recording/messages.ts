import type { SpanShape } from '../model/span.ts'
import { LENGTH_BYTES, varintAt } from '../forms/form.ts'
import type { ByteQueue } from './byte-queue.ts'

type ReportReason = (reason: string) => void

/** Reads one message: the next `length` bytes of the queue. */
export type ReadMessage = (length: number, report: ReportReason) => AsyncGenerator<Iterable<SpanShape>>

/** The longest varint, in bytes. */
const MAX_VARINT = 10

/**
 * Reads messages that each come after their length. The length is four big-endian bytes, as the Collector's file
 * exporter writes it (`format: proto`, or `compression: zstd`), or a varint.
 */
export async function* delimitedSpans(
  queue: ByteQueue,
  isVarint: boolean,
  read: ReadMessage,
  report: ReportReason,
): AsyncGenerator<Iterable<SpanShape>> {
  const lengthBytes = isVarint ? MAX_VARINT : LENGTH_BYTES
  for (let count = 1; ; count++) {
    if (queue.rest.length < lengthBytes) await queue.fill(lengthBytes)
    if (queue.rest.length === 0) return
    const at = queue.position
    let isSaid = false
    const say = (reason: string) => {
      isSaid = true
      report(`message ${count} at byte ${at}: ${reason}`)
    }
    const length = isVarint ? takeVarint(queue) : takeLength(queue)
    if (length === undefined) return say('its length cannot be read')
    const end = queue.position + length
    yield* read(length, say)
    // A mistake inside this message says nothing about the next one.
    if (queue.position < end) await queue.skip(end - queue.position)
    if (queue.position === end) continue
    if (!isSaid) say('it breaks off')
    return
  }
}

function takeLength(queue: ByteQueue): number | undefined {
  if (queue.rest.length < LENGTH_BYTES) return undefined
  return queue.take(LENGTH_BYTES).readUInt32BE()
}

function takeVarint(queue: ByteQueue): number | undefined {
  const length = varintAt(queue.rest, 0)
  if (length !== undefined) queue.take(length.end)
  return length?.value
}
