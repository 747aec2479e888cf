/** Remembers which traces were seen, the last of them at least, in a bounded room. */
export interface TraceMemory {
  has(traceId: string): boolean
  add(traceId: string): void
}

/** So many are remembered for sure, and at most twice as many. */
const CAPACITY = 500_000

/** Slots for each trace: the fewer are taken, the sooner one is found. */
const SLOTS = 2 ** 20

/**
 * Two generations of fingerprints: when the younger one is full, the elder is forgotten. A trace takes 8 bytes and no
 * object, so that millions of traces leave the rest of the memory alone.
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

/** 53 bits of the whole id, whatever part of it is random; never 0, which marks a free slot. */
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

/** Every bit of the word decides on every other (the finalizer of MurmurHash3). */
function mixed(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}

/** A set of numbers with open addressing. Its room is taken once the first one comes. */
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
