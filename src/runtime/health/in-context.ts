import { context } from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import { fault } from './fault.ts'
import type { FaultPlace } from './fault.ts'

/** Runs `work` once with a context active. If the context manager fails, that counts a fault, and `work` runs without it. */
export function inContext<T>(ctx: Context, where: FaultPlace, work: () => T): T {
  let isStarted = false
  const start = () => {
    isStarted = true
    return work()
  }
  try {
    return context.with(ctx, start)
  } catch (error) {
    if (isStarted) throw error
    fault(where, 'the context manager failed', error)
    return work()
  }
}
