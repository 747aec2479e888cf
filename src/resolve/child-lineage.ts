import { askedOfBelow, awaitingBelow } from './decision.ts'
import { EXECUTION } from './lineage.ts'
import type { ActorChain, Lineage, RecognizedAbove, Sourced, ToolAbove } from './lineage.ts'
import type { Facets } from './resolve.ts'
import { SPAN_KIND } from '../model/span.ts'
import type { SpanFacts } from './span-facts.ts'

/** What a span hands down to the spans below it: its resolved facets, and what it is itself. */
export function childLineage(known: SpanFacts, facets: Facets): Lineage {
  const { lineage, kind, line } = known
  const { principal, intent, authority, correlation, declaration } = facets
  const actors = kind === 'agent' ? withActor(line, facets) : line
  const above = kind === 'agent' ? undefined : lineage.tool
  const recognized = kind === undefined || kind === 'effect' ? lineage.recognized : recognizedAs(kind, facets, actors)
  return {
    origin: lineage.origin,
    tree: lineage.tree,
    principal,
    intent,
    authority,
    correlation,
    declaration: isEntry(known) ? lineage.declaration : declaration,
    actors,
    tool: kind === 'tool' ? toolBelow(known, facets) : above,
    recognized,
    inTransport: isTransportBelow(known),
    connecting: isConnectingBelow(known),
    hasWorkflowAbove: lineage.hasWorkflowAbove || kind === 'agent' || kind === 'workflow',
    awaiting: awaitingBelow(known, known.ofOther),
    askedOf: askedOfBelow(known),
    isUnbacked: kind === undefined && lineage.isUnbacked,
  }
}

/** What an unrecognized span says that serves a request was often copied from it, and a request declares nothing. */
function isEntry({ kind, span }: SpanFacts): boolean {
  return kind === undefined && (span.kind === SPAN_KIND.server || span.kind === SPAN_KIND.consumer)
}

/** An agent that only its resource names is the agent of what is below it, in any process. */
function withActor(line: ActorChain, { actor, actorChain }: Facets): ActorChain {
  return line.actor !== undefined || actor === undefined ? line : { ...line, actor, chain: actorChain }
}

function recognizedAs(kind: RecognizedAbove['kind'], facets: Facets, actors: ActorChain): RecognizedAbove {
  const { principal, intent, authority, correlation } = facets
  return { kind, principal, intent, authority, correlation, chain: actors.chain }
}

function toolBelow({ span, tool, recorded }: SpanFacts, { context, decision }: Facets): ToolAbove {
  const isRecorded = recorded.length > 0 && decision?.assurance === 'inferred'
  return {
    name: tool,
    spanId: span.spanContext().spanId,
    context: ofTheToolAlone(context) ? undefined : context,
    decision: isRecorded || ofTheToolAlone(decision) ? undefined : decision,
    recorded,
  }
}

/** What was bound inside its execution is bound to the effects that it was bound for, and says nothing of the others. */
function ofTheToolAlone(held: Sourced<unknown> | undefined): boolean {
  return held?.source === EXECUTION
}

function isTransportBelow({ kind, lineage, facts }: SpanFacts): boolean {
  if (kind === 'llm' || facts.isMcpClient) return true
  if (kind === 'effect') return !facts.isConnecting
  return kind === undefined ? lineage.inTransport : false
}

function isConnectingBelow({ kind, lineage, facts }: SpanFacts): boolean {
  return kind === undefined ? lineage.connecting : kind === 'effect' && facts.isConnecting
}
