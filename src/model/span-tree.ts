import { UNREADABLE_PARENT } from './span.ts'
import type { SpanShape } from './span.ts'

type SpanContext = ReturnType<SpanShape['spanContext']>

/**
 * The spans of one trace by their parents, or of several traces if `keyOf` tells them apart. If several spans share an
 * id, the last one is the parent. A cycle of parents is cut where it closes.
 */
export class SpanTree {
  readonly spans: readonly SpanShape[]
  readonly #keyOf: (context: SpanContext) => string
  readonly #byKey = new Map<string, SpanShape>()
  #parentsFirst: ReadonlySet<SpanShape> | undefined
  readonly #cutOff = new Map<SpanShape, boolean>()

  constructor(spans: readonly SpanShape[], keyOf: (context: SpanContext) => string = keyInTrace) {
    this.spans = spans
    this.#keyOf = keyOf
    for (const span of spans) this.#byKey.set(keyOf(span.spanContext()), span)
  }

  parentOf({ parentSpanContext }: SpanShape): SpanShape | undefined {
    return parentSpanContext === undefined ? undefined : this.#byKey.get(this.#keyOf(parentSpanContext))
  }

  /** Whether the span names a parent that isn't there. An id that can't be read is in no recording. */
  isParentMissing(span: SpanShape): boolean {
    const { parentSpanContext } = span
    if (parentSpanContext === undefined || parentSpanContext.spanId === UNREADABLE_PARENT) return false
    return this.parentOf(span) === undefined
  }

  /** Whether an ancestor is missing, so that nobody knows what it said. */
  isCutOff(span: SpanShape): boolean {
    for (const next of this.pathTo(span, this.#cutOff)) {
      const above = this.parentOf(next)
      this.#cutOff.set(next, above === undefined ? this.isParentMissing(next) : this.#cutOff.get(above) === true)
    }
    return this.#cutOff.get(span) === true
  }

  /** The span and its ancestors, nearest first. */
  *lineageOf(span: SpanShape): Generator<SpanShape> {
    const seen = new Set<SpanShape>()
    for (let next: SpanShape | undefined = span; next !== undefined && !seen.has(next); next = this.parentOf(next)) {
      seen.add(next)
      yield next
    }
  }

  /** The span and its ancestors below the nearest one that is `done`, highest first. */
  pathTo(span: SpanShape, done: { has(span: SpanShape): boolean }): readonly SpanShape[] {
    const path = new Set<SpanShape>()
    let next: SpanShape | undefined = span
    while (next !== undefined && !done.has(next) && !path.has(next)) {
      path.add(next)
      next = this.parentOf(next)
    }
    return [...path].toReversed()
  }

  /**
   * Every span after its parent, otherwise in the given order. Takes time linear in the number of spans, no matter how
   * deep they nest.
   */
  parentsFirst(): ReadonlySet<SpanShape> {
    return (this.#parentsFirst ??= this.#inOrder())
  }

  #inOrder(): ReadonlySet<SpanShape> {
    const ordered = new Set<SpanShape>()
    for (const span of this.spans) {
      const parent = this.parentOf(span)
      // Most spans start after their parent.
      if (parent === undefined || ordered.has(parent)) ordered.add(span)
      else for (const next of this.pathTo(span, ordered)) ordered.add(next)
    }
    return ordered
  }
}

/** For spans of several traces, because an id is unique only within its trace. */
export function keyAcrossTraces({ traceId, spanId }: SpanContext): string {
  return `${traceId}${spanId}`
}

function keyInTrace({ spanId }: SpanContext): string {
  return spanId
}
