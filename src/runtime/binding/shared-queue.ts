import type { LiveBinding } from '../scope/live-binding.ts'
import type { LiveSpan } from '../span/live-span.ts'

/**
 * Tracers whose spans start in callbacks that a framework runs over one queue of the process, in the context of whoever
 * keeps that busy: LangChain does, unless it is told otherwise.
 */
const TRACERS: ReadonlySet<string> = new Set([
  '@arizeai/openinference-instrumentation-langchain',
  '@traceloop/instrumentation-langchain',
])

/** Whether what is bound where such a span starts may be that of another one: the queue was not bound to who fills it. */
export function isAnybodys(span: Pick<LiveSpan, 'instrumentationScope'>, active: LiveBinding | undefined): boolean {
  if (!TRACERS.has(span.instrumentationScope.name) || active?.scope?.isHandedOver === true) return false
  return process.env['LANGCHAIN_CALLBACKS_BACKGROUND'] !== 'false'
}
