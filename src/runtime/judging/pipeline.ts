import type { Context } from '@opentelemetry/api'
import type { SpanShape } from '../../model/span.ts'
import { fault } from '../health/fault.ts'
import { flushWith } from '../health/flush.ts'
import type { LiveSpan, Processor } from '../span/live-span.ts'
import { isStock } from '../span/hearsay.ts'
import { dataOfToday } from '../span/old-span.ts'
import type { JudgingProcessor } from './judging-processor.ts'

export interface PipelineParts {
  /** The app's processors. */
  readonly others: readonly Processor[]
  readonly judging: JudgingProcessor
  /** The processors that export, which come last. */
  readonly exporting: readonly Processor[]
}

/**
 * Combines many processors into one, in the order that attribution needs: the app's, then ours, then the exporting
 * ones. If one throws, the app and the other processors go on.
 */
export class Pipeline implements Processor {
  readonly #others: readonly Processor[]
  readonly #judging: JudgingProcessor
  readonly #exporting: readonly Processor[]
  readonly #all: readonly Processor[]
  readonly #hasNeighbors: boolean
  readonly #leaveFlush: () => void

  constructor({ others, judging, exporting }: PipelineParts) {
    this.#others = others
    this.#judging = judging
    this.#exporting = exporting
    this.#all = [...others, judging, ...exporting]
    this.#hasNeighbors = others.length > 0 || !exporting.every(isStock)
    this.#leaveFlush = flushWith(this)
  }

  onStart(span: LiveSpan, parentContext: Context): void {
    for (const processor of this.#others) run(() => processor.onStart(span, parentContext))
    this.#judging.onStart(span, parentContext, this.#hasNeighbors)
    for (const processor of this.#exporting) run(() => processor.onStart(span, parentContext))
  }

  onEnding(span: LiveSpan): void {
    for (const processor of this.#all) run(() => processor.onEnding?.(span))
  }

  /**
   * If the SDK never calls `onEnding`, ours comes first: one of the app's may export on its own, and would then send
   * the span without its stamp.
   */
  onEnd(ended: SpanShape): void {
    const span = dataOfToday(ended)
    const isFinished = this.#judging.hasFinished(span)
    if (!isFinished) this.#judging.onEnd(span)
    for (const processor of this.#others) run(() => processor.onEnd(span))
    if (isFinished) this.#judging.onEnd(span)
    for (const processor of this.#exporting) run(() => processor.onEnd(span))
  }

  async forceFlush(): Promise<void> {
    await settle(this.#all.map((processor) => attempt(() => processor.forceFlush())))
  }

  async shutdown(): Promise<void> {
    this.#leaveFlush()
    await settle(this.#all.map((processor) => attempt(() => processor.shutdown())))
  }
}

function run(step: () => unknown): void {
  try {
    step()
  } catch (error) {
    fault('pipeline', 'another span processor threw', error)
  }
}

async function attempt(step: () => Promise<void>): Promise<void> {
  await step()
}

/** Waits for all of them, then rejects with the first failure, like a single processor. */
async function settle(steps: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(steps)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
