/** Remembers which traces were seen, or at least the most recent ones, in bounded memory. */
export interface TraceMemory {
  has(traceId: string): boolean
  add(traceId: string): void
}

/** Always remembers the last this many traces, and at most twice as many. */
const CAPACITY = 500_000

/** Slots per generation, about two for each trace. The fewer are taken, the faster a lookup. */
const SLOTS = 2 ** 20

/**
 * Two generations of fingerprints. When the younger one is full, the older one is forgotten. A trace takes 8 bytes and
 * no object, so that millions of traces leave the rest of the memory alone.
 */
export function createTraceMemory(capacity = CAPACITY): TraceMemory {
  let young = new Fingerprints()
  let old = new Fingerprints()
  return {
    has(traceId) {
      const print = fingerprint(traceId)
      return young.has(print) || old.has(print)
    },
    add(traceId) {
      young.add(fingerprint(traceId))
      if (young.size < capacity) return
      old = young
      young = new Fingerprints()
    },
  }
}

/** 53 bits from the whole id, no matter which part of it is random. Never 0, which marks a free slot. */
function fingerprint(traceId: string): number {
  let [high, low] = [0x811c9dc5, 0x9e3779b9]
  for (let at = 0; at < traceId.length; at += WORD_DIGITS) {
    const word = Number.parseInt(traceId.slice(at, at + WORD_DIGITS), 16)
    high = mixed(high ^ word)
    low = mixed(low + word)
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0) + 1
}

const WORD_DIGITS = 8

/** Every bit of the word affects every other (the finalizer of MurmurHash3). */
function mixed(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}

/** A set of numbers with open addressing. It allocates its memory when the first number comes. */
class Fingerprints {
  size = 0
  #slots: Float64Array | undefined

  has(print: number): boolean {
    return this.#slots !== undefined && this.#slots[slotOf(this.#slots, print)] === print
  }

  add(print: number): void {
    this.#slots ??= new Float64Array(SLOTS)
    const slot = slotOf(this.#slots, print)
    if (this.#slots[slot] === print) return
    this.#slots[slot] = print
    this.size += 1
  }
}

/** Where a number is, or would go. */
function slotOf(slots: Float64Array, print: number): number {
  let slot = print % SLOTS
  while (slots[slot] !== 0 && slots[slot] !== print) slot = (slot + 1) % SLOTS
  return slot
}
