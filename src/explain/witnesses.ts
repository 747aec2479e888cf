import { factOf } from '../base/attribute-value.ts'
import type { SpanShape } from '../model/span.ts'
import type { SpanTree } from '../model/span-tree.ts'

/**
 * Finds which ancestor has a value. Reads each span once, however many values are looked for and however deep the trace
 * is.
 */
export class Witnesses {
  /** For tests: how many spans were read so far. */
  visits = 0
  readonly #tree: SpanTree
  #extents: ReadonlyMap<SpanShape, Extent> | undefined
  #holders: ReadonlyMap<string, readonly SpanShape[]> | undefined
  readonly #enclosing = new Map<string, Enclosing>()

  constructor(tree: SpanTree) {
    this.#tree = tree
  }

  /** The span itself or its nearest ancestor with an attribute of this value: the one with this key, if it's given. */
  nearest(span: SpanShape, value: string, key?: string): SpanShape | undefined {
    const query = JSON.stringify([key, value])
    let enclosing = this.#enclosing.get(query)
    if (enclosing === undefined) {
      enclosing = this.#enclosingOf(value, key)
      this.#enclosing.set(query, enclosing)
    }
    const at = this.#extentOf(span)?.first
    return at === undefined ? undefined : enclosing.at(at)
  }

  #extentOf(span: SpanShape): Extent | undefined {
    this.#extents ??= this.#walk()
    return this.#extents.get(span)
  }

  #enclosingOf(value: string, key: string | undefined): Enclosing {
    this.#holders ??= this.#holdersByValue()
    const holders = this.#holders.get(value) ?? []
    const meant = key === undefined ? holders : holders.filter(({ attributes }) => factOf(attributes[key]) === value)
    this.visits += meant.length
    return new Enclosing(meant.map((span) => ({ span, ...this.#extentOf(span) })))
  }

  #holdersByValue(): ReadonlyMap<string, readonly SpanShape[]> {
    const holders = new Map<string, SpanShape[]>()
    for (const span of this.#tree.spans) {
      this.visits += 1
      for (const key of Object.keys(span.attributes)) {
        const value = factOf(span.attributes[key])
        if (value === undefined) continue
        const known = holders.get(value)
        if (known === undefined) holders.set(value, [span])
        else if (known.at(-1) !== span) known.push(span)
      }
    }
    return holders
  }

  /** Depth first without recursion: a trace may be deeper than the stack. */
  #walk(): ReadonlyMap<SpanShape, Extent> {
    const [roots, below] = this.#children()
    const extents = new Map<SpanShape, { first: number; last: number }>()
    const waiting = roots.toReversed()
    let clock = 0
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      const known = extents.get(next)
      clock += 1
      if (known === undefined) {
        this.visits += 1
        extents.set(next, { first: clock, last: Infinity })
        for (const child of below.get(next) ?? []) waiting.push(child)
        continue
      }
      known.last = clock
      waiting.pop()
    }
    return extents
  }

  #children(): readonly [SpanShape[], ReadonlyMap<SpanShape, readonly SpanShape[]>] {
    const roots: SpanShape[] = []
    const below = new Map<SpanShape, SpanShape[]>()
    const seen = new Set<SpanShape>()
    for (const span of this.#tree.parentsFirst()) {
      const parent = this.#tree.parentOf(span)
      seen.add(span)
      // Parents that form a circle are cut where it closes.
      if (parent === undefined || parent === span || !seen.has(parent)) roots.push(span)
      else if (below.get(parent)?.push(span) === undefined) below.set(parent, [span])
    }
    return [roots, below]
  }
}

/** From when to when a walk is at a span or below it. */
interface Extent {
  readonly first: number
  readonly last: number
}

/** Which of some spans is the innermost one around a place in the walk. */
class Enclosing {
  readonly #times: number[] = []
  readonly #innermost: (SpanShape | undefined)[] = []

  constructor(spans: readonly (Partial<Extent> & { readonly span: SpanShape })[]) {
    const turns = spans.flatMap(({ span, first = 0, last = 0 }) => [
      { time: first, span },
      { time: last, span: undefined },
    ])
    const open: SpanShape[] = []
    for (const { time, span } of turns.toSorted((a, b) => a.time - b.time)) {
      if (span === undefined) open.pop()
      else open.push(span)
      this.#times.push(time)
      this.#innermost.push(open.at(-1))
    }
  }

  at(time: number): SpanShape | undefined {
    let [low, high] = [0, this.#times.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#times[middle] as number) <= time) low = middle + 1
      else high = middle
    }
    return this.#innermost[low - 1]
  }
}
