import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Span } from '@opentelemetry/api'
import { ATTR } from '../../model/names.ts'
import { runBound } from './binding.ts'
import { LazySpan } from '../span/lazy-span.ts'
import { guarded } from '../health/fault.ts'
import { inContext } from '../health/in-context.ts'
import { processState } from '../health/process-state.ts'
import type { PendingLink } from '../scope/live-binding.ts'
import { forgetEnd } from '../span/span-state.ts'
import { isPending, isPlainPromise, seemsRejected, watchPromise } from '../scope/returned/bound-promise.ts'

/** Whether work that no request is active for has a span of its own. */
export interface WorkSpanOptions {
  /**
   * The name of the span that is opened where none is active, so that a job is one trace; `false` opens none. It ends
   * when what the function returns has settled. Default: `resume` or `autonomous run`.
   */
  readonly span?: string | false
}

/**
 * Runs `fn` in a span of its own where none is active: else each call of a job would be a trace of its own, and what it
 * does would be nobody's act. It starts with the first span inside. `link` is left to that one too, which had it before
 * there was this one.
 */
export function inWorkSpan<T>(name: string, link: PendingLink | undefined, fn: () => T): T {
  const around = context.active()
  if (trace.getSpan(around) !== undefined) return fn()
  const startTime = Date.now()
  const work: Work = {
    span: new LazySpan(() => {
      const span = context.with(around, () => start(name, startTime, link))
      // What the work left running is below it, and nobody comes back to end it.
      if (work.isOver) endSpan(span)
      return span
    }),
    promise: undefined,
    isOver: false,
  }
  const run = () => {
    // What is returned and runs later, such as a generator, runs below the span too.
    return runIn(work, () => runBound((outer) => outer, fn))
  }
  return inContext(trace.setSpan(around, work.span), 'binding', run)
}

/** The name that is asked for; undefined where no span is. */
export function nameIn(options: WorkSpanOptions | undefined, otherwise: string): string | undefined {
  const span: unknown = guarded('binding', 'span cannot be read', () => options?.span, undefined)
  if (span === false) return undefined
  return typeof span === 'string' && span.trim() !== '' ? span : otherwise
}

/** Ends the spans of work that has settled and that nobody waited for; with `all`, those of work that goes on too. */
export function endSettledWork(all = false): void {
  for (const work of open.works) {
    const { promise } = work
    const isOver = promise === undefined || !isPending(promise)
    if (all || isOver) end(work, isOver && promise !== undefined && seemsRejected(promise))
  }
}

interface Work {
  readonly span: LazySpan
  promise: Promise<unknown> | undefined
  isOver: boolean
}

function start(name: string, startTime: number, link: PendingLink | undefined): Span {
  const linked = link?.context
  const attributes = { [ATTR.span.kind]: 'workflow' }
  const span = trace.getTracer('onbehalf').startSpan(name, { attributes, startTime })
  // Set again, because other processors may have written over it.
  span.setAttributes(attributes)
  if (link !== undefined) link.context = linked
  return span
}

function runIn<T>(work: Work, fn: () => T): T {
  let result: T
  try {
    result = fn()
  } catch (error) {
    end(work, true)
    throw error
  }
  guarded('binding', 'the end of a promise cannot be seen', () => endWith(work, result), undefined)
  return result
}

function endWith(work: Work, result: unknown): void {
  if (!isPlainPromise(result)) return end(work, false)
  work.promise = result
  open.works.add(work)
  if (open.works.size > MAX_OPEN) endOldest()
  open.timer ??= setInterval(sweep, SWEEP_MS).unref()
  watchPromise(result, (_, isRejected) => end(work, isRejected))
}

function end(work: Work, hasFailed: boolean): void {
  if (work.isOver) return
  work.isOver = true
  open.works.delete(work)
  const { started } = work.span
  if (hasFailed) started?.setStatus({ code: SpanStatusCode.ERROR })
  if (started !== undefined) endSpan(started)
}

/** It ends when the function does, which says nothing of what the function left running. */
function endSpan(span: Span): void {
  span.end()
  guarded('binding', 'the end of work could not be kept', () => forgetEnd(span), undefined)
}

/** A promise that nobody reads tells nobody that it has settled. */
function sweep(): void {
  guarded('binding', 'the end of work could not be seen', endSettledWork, undefined)
  if (open.works.size > 0) return
  clearInterval(open.timer)
  open.timer = undefined
}

function endOldest(): void {
  const [oldest] = open.works
  if (oldest !== undefined) end(oldest, false)
}

const SWEEP_MS = 1_000
/** Jobs that run at one time. */
const MAX_OPEN = 10_000

const open = processState('work', () => ({
  works: new Set<Work>(),
  timer: undefined as NodeJS.Timeout | undefined,
}))
