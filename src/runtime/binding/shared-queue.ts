import type { LiveBinding } from '../scope/live-binding.ts'
import type { LiveSpan } from '../span/live-span.ts'

/**
 * Tracers whose spans start in callbacks that a framework runs over one queue of the process, in the context of the
 * caller that keeps that queue busy. LangChain does this by default.
 */
const TRACERS: ReadonlySet<string> = new Set([
  '@arizeai/openinference-instrumentation-langchain',
  '@traceloop/instrumentation-langchain',
])

/**
 * Whether the binding where such a span starts may be someone else's: the queue wasn't bound to the code that fills it.
 */
export function isAnybodys(span: Pick<LiveSpan, 'instrumentationScope'>, active: LiveBinding | undefined): boolean {
  if (!TRACERS.has(span.instrumentationScope.name) || active?.scope?.isHandedOver === true) return false
  return process.env['LANGCHAIN_CALLBACKS_BACKGROUND'] !== 'false'
}
