import type { AgentSpanKind } from '../model/attribution.ts'
import type { SpanShape } from '../model/span.ts'
import { askedOfBelow, awaitingBelow } from './decision.ts'
import { isMcpClient } from '../recognize/facts.ts'
import { isConnecting } from '../recognize/connecting.ts'
import type { ActorChain, Lineage, RecognizedAbove, ToolAbove } from './lineage.ts'
import type { Facets, SpanFacts, SpanInput } from './resolve.ts'

/** What a span hands down to the spans below it: what was resolved for it, and what it is itself. */
export function childLineage({ span, lineage }: SpanInput, facts: SpanFacts, facets: Facets): Lineage {
  const { kind, line } = facts
  const place = { span, lineage, ...facts }
  const { principal, intent, authority, correlationId, declaration } = facets
  const actors = kind === 'agent' ? withActor(line, facets) : line
  const above = kind === 'agent' ? undefined : lineage.tool
  const recognized = kind === undefined || kind === 'effect' ? lineage.recognized : recognizedAs(kind, facets, actors)
  return {
    origin: lineage.origin,
    tree: lineage.tree,
    principal,
    intent,
    authority,
    correlationId,
    declaration,
    actors,
    tool: kind === 'tool' ? toolBelow(span, facts, facets) : above,
    recognized,
    inTransport: isTransportBelow(span, kind, lineage.inTransport),
    connecting: isConnectingBelow(span, kind, lineage.connecting),
    hasWorkflowAbove: lineage.hasWorkflowAbove || kind === 'agent' || kind === 'workflow',
    awaiting: awaitingBelow(place),
    askedOf: askedOfBelow(place),
  }
}

/** An agent that only its resource names is the agent of what stands below it, in whatever process. */
function withActor(line: ActorChain, { actor, actorChain }: Facets): ActorChain {
  return line.actor !== undefined || actor === undefined ? line : { ...line, actor, chain: actorChain }
}

function recognizedAs(kind: RecognizedAbove['kind'], facets: Facets, actors: ActorChain): RecognizedAbove {
  const { principal, intent, authority, correlationId } = facets
  return { kind, principal, intent, authority, correlationId, chain: actors.chain }
}

function toolBelow(span: SpanShape, { tool, recorded }: SpanFacts, { context, decision }: Facets): ToolAbove {
  const isRecorded = recorded.length > 0 && decision?.assurance === 'inferred'
  const passed = isRecorded ? undefined : decision
  return { name: tool, spanId: span.spanContext().spanId, context, decision: passed, recorded }
}

function isTransportBelow(span: SpanShape, kind: AgentSpanKind | undefined, above: boolean): boolean {
  if (kind === 'llm' || isMcpClient(span)) return true
  if (kind === 'effect') return !isConnecting(span)
  return kind === undefined ? above : false
}

function isConnectingBelow(span: SpanShape, kind: AgentSpanKind | undefined, above: boolean): boolean {
  return kind === undefined ? above : kind === 'effect' && isConnecting(span)
}
