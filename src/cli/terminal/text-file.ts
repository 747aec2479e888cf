import { closeSync, openSync, readSync } from 'node:fs'
import { fileReason } from '../../base/file-reason.ts'
import { UsageError } from './usage-error.ts'

/** Far more than anyone writes by hand or accepts as known. */
const MAX_BYTES = 64 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024

/**
 * The whole text of a file in UTF-8, or in UTF-16 as Windows writes it, without its byte order mark. Throws a
 * `UsageError` that begins with `what` if the file can't be read, isn't text, or has more than 64 MB.
 */
export function readTextFile(what: string, file: string): string {
  const bytes = bytesOf(what, file)
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError(`${what} ${file} isn't UTF-8 text`)
  }
}

/** Reads in pieces, so that a file without an end, such as a device, hits the limit. */
function bytesOf(what: string, file: string): Buffer {
  const pieces: Buffer[] = []
  let length = 0
  try {
    const descriptor = openSync(file, 'r')
    try {
      for (let read = -1; read !== 0 && length <= MAX_BYTES; length += read) {
        const piece = Buffer.allocUnsafe(CHUNK_BYTES)
        read = readSync(descriptor, piece)
        pieces.push(piece.subarray(0, read))
      }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw new UsageError(`${what} ${file} cannot be read: ${fileReason(error)}`)
  }
  if (length > MAX_BYTES) throw new UsageError(`${what} ${file} is longer than ${MAX_BYTES} bytes`)
  return Buffer.concat(pieces)
}
