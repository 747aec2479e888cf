import { startsWith, ZSTD_MAGIC } from '../forms/form.ts'
import type { ByteQueue } from './byte-queue.ts'
import { GZIP_MEMBER, unpackedMember } from './gzip.ts'
import { isSkippable, skipFrame, unpackedFrame } from './zstd.ts'

/** How data is packed: in parts that are complete by themselves, one after the other. */
export interface Packing {
  readonly name: string
  /** What a part begins with. */
  readonly magic: readonly number[]
  /** Unpacks the part that begins the queue, and takes no byte more. Throws if it's damaged. */
  unpack(queue: ByteQueue): AsyncGenerator<Buffer>
}

export const GZIP: Packing = { name: 'gzipped', magic: GZIP_MEMBER, unpack: unpackedMember }

export const ZSTD: Packing = { name: 'zstd', magic: ZSTD_MAGIC, unpack: unpackedFrame }

/**
 * The unpacked contents of a queue: every part that can be read, whatever stands between. Rotated files and several
 * threads write many parts. Zeros fill a block and are skipped. Anything else is reported with its place.
 */
export class Unpacked {
  /** Whether reading stopped at a damaged part. What follows it is read with `pieces` again, after `findNext`. */
  isDamaged = false
  readonly #queue: ByteQueue
  readonly #packing: Packing
  readonly #report: (reason: string) => void

  constructor(queue: ByteQueue, packing: Packing, report: (reason: string) => void) {
    this.#queue = queue
    this.#packing = packing
    this.#report = report
  }

  async *pieces(): AsyncGenerator<Buffer> {
    const { unpack } = this.#packing
    while (await this.findNext()) {
      const start = this.#queue.position
      try {
        yield* unpack(this.#queue)
      } catch (error) {
        this.isDamaged = true
        // What can't be read as a part isn't tried again.
        if (this.#queue.position === start) this.#queue.take(1)
        throw error
      }
    }
  }

  /** Goes to where the next part begins. Returns whether there is one. */
  async findNext(): Promise<boolean> {
    const { name, magic } = this.#packing
    const start = this.#queue.position
    let isForeign = false
    for (;;) {
      await this.#queue.fill(LOOKED_AT)
      const { rest } = this.#queue
      if (rest.length === 0 || startsWith(rest, magic)) break
      if (magic === ZSTD_MAGIC && isSkippable(rest)) await skipFrame(this.#queue)
      else isForeign = this.#skip(rest, magic) || isForeign
    }
    const { position, rest } = this.#queue
    // What is left of a damaged part isn't foreign.
    if (isForeign && !this.isDamaged) this.#report(`bytes ${start} to ${position}: this is no ${name} data`)
    return rest.length > 0
  }

  /** Skips to where a part may begin. Returns whether anything but zeros is skipped. */
  #skip(rest: Buffer, magic: readonly number[]): boolean {
    const next = rest.indexOf(Buffer.from(magic), 1)
    // The end of what is there may be the beginning of a part.
    const end = next === -1 ? Math.max(1, rest.length - magic.length + 1) : next
    return this.#queue.take(end).some((byte) => byte !== 0)
  }
}

/** The longest beginning of a part. */
const LOOKED_AT = 4
