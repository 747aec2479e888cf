import type { LiveSpan } from './live-span.ts'
import type { SpanState } from './span-state.ts'
import { createPrivateSlot } from '../../base/private-slot.ts'

/**
 * OpenAI Agents has spans of its own, and its instrumentation starts one of OpenTelemetry for each, which is never
 * active. The framework keeps the own span that runs here under a registered symbol, for all copies of itself.
 */
const RUNNING = Symbol.for('openai.agents.core.asyncLocalStorage')
const TRACER = '@arizeai/openinference-instrumentation-openai-agents'

const STATES = createPrivateSlot<SpanState>()

/** Keeps which span of the framework's this one was started for. */
export function noteFrameworkSpan({ instrumentationScope }: LiveSpan, state: SpanState): void {
  if (instrumentationScope.name !== TRACER) return
  const running = runningHere()
  if (running !== undefined && STATES.of(running) === undefined) STATES.put(running, state)
}

/** The state of the span of the framework's that runs here. */
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
