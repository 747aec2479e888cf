import type { LiveSpan } from './live-span.ts'
import type { SpanState } from './span-state.ts'
import { createPrivateSlot } from '../../base/private-slot.ts'

/**
 * OpenAI Agents has its own kind of span. For each, its instrumentation starts an OpenTelemetry span, which is never
 * active. Under this symbol, the framework keeps its current span for all copies of itself.
 */
const RUNNING = Symbol.for('openai.agents.core.asyncLocalStorage')
const TRACER = '@arizeai/openinference-instrumentation-openai-agents'

const STATES = createPrivateSlot<SpanState>()

/** Remembers for which of the framework's spans this one was started. */
export function noteFrameworkSpan({ instrumentationScope }: LiveSpan, state: SpanState): void {
  if (instrumentationScope.name !== TRACER) return
  const running = runningHere()
  if (running !== undefined && STATES.of(running) === undefined) STATES.put(running, state)
}

/** The state of the span that was started for the framework's current span. */
export function frameworkSpanHere(): SpanState | undefined {
  const running = runningHere()
  return running === undefined ? undefined : STATES.of(running)
}

function runningHere(): object | undefined {
  const storage = (globalThis as { readonly [RUNNING]?: { getStore?(): { readonly span?: unknown } | undefined } })[
    RUNNING
  ]
  const span = storage?.getStore?.()?.span
  return typeof span === 'object' && span !== null ? span : undefined
}
