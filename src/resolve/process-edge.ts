import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import type { Assurance } from '../model/attribution.ts'
import { factOf } from '../base/attribute-value.ts'
import { canonicalId } from '../identity/identity.ts'
import type { SpanShape } from '../model/span.ts'
import type { SpanTree } from '../model/span-tree.ts'
import type { Policy } from '../policy/policy.ts'
import { lineageFrom } from './lineage.ts'
import type { ActorChain, Lineage, RecognizedAbove, Sourced, ToolAbove } from './lineage.ts'
import type { ResolvedSpan } from './resolved-span.ts'
import { RecordedCalls } from './recorded-calls.ts'
import { isProcessEdge } from './processes.ts'

/** The source of what came over a process edge: trace context is an unsigned header. */
export const TRACE = 'trace'

type Above = Pick<ResolvedSpan, 'kind' | 'lineage' | 'childLineage'>

/** What comes over the process edges of one recorded trace. Ask for each span once, in the order of their starts. */
export class ProcessEdges {
  readonly #trusted: Policy['boundary']['trust']
  readonly #calls: RecordedCalls

  constructor({ boundary }: Policy, tree: SpanTree) {
    this.#trusted = boundary.trust
    this.#calls = new RecordedCalls(tree)
  }

  /** What a span gets from its parent. */
  inherited(span: SpanShape, parent: SpanShape, { kind, lineage, childLineage: below }: Above): Lineage {
    if (!isProcessEdge(span, parent)) return below
    const saysNothing = kind === undefined && below.principal === lineage.principal
    if (!this.#calls.areBehind(span, parent, saysNothing)) return { ...lineageFrom('elsewhere'), isUnbacked: true }
    return this.#isTrusted(parent) ? below : overEdge(below)
  }

  #isTrusted({ resource }: SpanShape): boolean {
    const service = factOf(resource.attributes[ATTR_SERVICE_NAME])
    return service !== undefined && this.#trusted.has(canonicalId(service))
  }
}

/**
 * What is left of a lineage beyond a process edge: the same facets, `claimed` at most, and no declaration. Whoever knows
 * two ids can hang a span below someone's work.
 */
function overEdge(lineage: Lineage): Lineage {
  const { actors, tool, recognized } = lineage
  return {
    ...lineage,
    ...facetsOver(lineage),
    declaration: undefined,
    actors: chainOver(actors),
    tool: tool && toolOver(tool),
    recognized: recognized && { ...recognized, ...facetsOver(recognized) },
  }
}

function chainOver(actors: ActorChain): ActorChain {
  if (actors.chain.length === 0) return actors
  return { ...actors, actor: claimed(actors.actor), agents: [], isClaimed: true }
}

function toolOver(tool: ToolAbove): ToolAbove {
  return { ...tool, context: claimed(tool.context), decision: claimed(tool.decision) }
}

type Facets = Pick<RecognizedAbove, 'principal' | 'intent' | 'authority' | 'correlation'>

function facetsOver({ principal, intent, authority, correlation }: Facets): Facets {
  return {
    principal: claimed(principal),
    intent: claimed(intent),
    authority: claimed(authority),
    correlation: claimed(correlation),
  }
}

/** What a resource says keeps its source: it speaks of everything that runs there. */
function claimed<T>(held: Sourced<T> | undefined): Sourced<T> | undefined {
  if (held === undefined || held.source === 'resource') return held
  return { ...held, assurance: atMostClaimed(held.assurance), source: TRACE }
}

function atMostClaimed(assurance: Assurance): Assurance {
  return assurance === 'inferred' ? 'inferred' : 'claimed'
}
