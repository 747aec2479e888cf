import { context, trace } from '@opentelemetry/api'
import { SPAN_KIND } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { isMcpCall, isMcpClient, isMcpSession, toolNameOf } from '../recognize/facts.ts'
import { recognize } from '../recognize/recognize.ts'
import { TOOLS_CALL } from './call.ts'
import type { McpCall } from './call.ts'

/**
 * Whether an instrumentation has made the span of this call: the active span names the same method, and the same tool if
 * it's a call of one. Told call by call, because an app may instrument some of its clients and not others.
 */
export function isInstrumented(side: 'client' | 'server', call: McpCall): boolean {
  const span = trace.getSpan(context.active()) as Partial<SpanShape> | undefined
  if (span === undefined || OWN.has(span) || !isOpen(span)) return false
  return isOfSide(side, span) && isOfCall(span, call)
}

/** Spans of ours. One of them that is active is of a call around this one. */
const OWN = new WeakSet<object>()

export function noteOwn(span: object): void {
  OWN.add(span)
}

function isOpen(span: Partial<SpanShape> & { readonly ended?: boolean }): span is SpanShape {
  return span.attributes !== undefined && span.instrumentationScope !== undefined && span.ended !== true
}

/** Some write the server's span as an internal one. */
function isOfSide(side: 'client' | 'server', span: SpanShape): boolean {
  if (side === 'client') return isMcpClient(span) && !isMcpSession(span)
  return span.kind !== SPAN_KIND.client && (span.attributes['mcp.method.name'] !== undefined || isMcpCall(span))
}

function isOfCall(span: SpanShape, { method, tool }: McpCall): boolean {
  const named = span.attributes['mcp.method.name']
  if (named !== undefined && named !== method) return false
  if (isMcpCall(span) !== (method === TOOLS_CALL)) return false
  const toolNamed = method === TOOLS_CALL ? toolNameOf(span, recognize(span)) : undefined
  return toolNamed === undefined || toolNamed === tool
}
