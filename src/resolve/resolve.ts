import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import type {
  Actor,
  Authority,
  Decision,
  Declaration,
  ExecutionContext,
  Intent,
  Principal,
} from '../model/attribution.ts'
import type { Attributes, SpanShape } from '../model/span.ts'
import { actorLabel, AMBIENT, isTentative } from './actor-chain.ts'
import { heldContext } from './context.ts'
import { actOf, statedAct } from './act.ts'
import { heldDecision } from './decision.ts'
import type { Binding, BoundAct, Execution, Sourced, Lineage } from './lineage.ts'
import { isAtLeast } from '../policy/policy.ts'
import type { Policy } from '../policy/policy.ts'
import type { KeyScan } from '../recognize/key-scan.ts'
import { authorityOf, correlationOf, declarationOf, fromResource, intentOf, principalOf } from './sources.ts'
import type { SpanFacts } from './span-facts.ts'
import { factOf, nameIn, present } from '../base/attribute-value.ts'
import type { OwnWrites } from '../model/own-writes.ts'
import type { Stated } from './stated.ts'

export interface SpanInput {
  readonly span: SpanShape
  /** What the span's parent hands down, or `lineageFrom` if there is none. */
  readonly lineage: Lineage
  /** Default: what the span's keys are about now. */
  readonly keyScan?: KeyScan | undefined
  readonly policy: Policy
  /** Default: nothing, as for a recorded span. */
  readonly live?: LiveKnowledge | undefined
}

/** What only the process that runs a span knows. */
export interface LiveKnowledge {
  readonly binding?: Binding | undefined
  /** What was bound inside a tool's execution. */
  readonly execution?: Execution | undefined
  /** What we wrote on the span ourselves, which is nobody's statement. */
  readonly ownWrites?: OwnWrites | undefined
  /** What is known of the span's resource while it is still being detected. Default: the resource. */
  readonly resource?: SpanShape['resource'] | undefined
  /** The app's limit on the length of the span's attribute values. */
  readonly valueLimit?: number | undefined
}

export interface Facets {
  readonly principal: Sourced<Principal> | undefined
  readonly actor: Sourced<Actor> | undefined
  readonly actorChain: readonly string[]
  readonly context: Sourced<ExecutionContext> | undefined
  readonly intent: Sourced<Intent> | undefined
  readonly authority: Sourced<Authority> | undefined
  readonly decision: Sourced<Decision> | undefined
  /** What is known of the act besides the decision. */
  readonly act: BoundAct | undefined
  readonly correlation: Sourced<string> | undefined
  readonly declaration: Sourced<Declaration> | undefined
}

/** Every facet of a span: from the first source that states it, or from several together. */
export function resolve(known: SpanFacts): Facets {
  const { binding, stated, line } = known
  const actor = asSureAsItsChain(line) ?? actorWithoutAgent(known)
  const label = actor === undefined ? undefined : actorLabel(actor.value)
  const facets: Facets = {
    principal: completed(principalOf(known), stated.details.principal),
    actor,
    actorChain: line.chain.length > 0 || label === undefined ? line.chain : [label],
    context: heldContext(known),
    intent: completed(intentOf(known), stated.details.intent),
    authority: authorityOf(known),
    decision: heldDecision(known, binding),
    act: actOf(known),
    correlation: correlationOf(known),
    declaration: declarationOf(known),
  }
  return binding?.stale === true ? tentative(facets, known) : facets
}

/**
 * What is known of a span that ran in the context of other work, or of work that was over: what it states itself, and
 * otherwise a guess. A guess doesn't grant, decide or declare anything. What spans record of a policy stays.
 */
function tentative(facets: Facets, known: SpanFacts): Facets {
  const { stated } = known
  const decision = heldDecision(known, undefined)
  return {
    ...facets,
    principal: guessed(facets.principal, stated, stated.principal),
    actor: guessed(facets.actor, stated, stated.actor),
    context: guessed(facets.context, stated, stated.context),
    intent: guessed(facets.intent, stated, stated.intent),
    authority: stated.authority,
    correlation: guessed(facets.correlation, stated, stated.correlation),
    decision: decision?.assurance === 'inferred' ? decision : stated.decision,
    act: statedAct(stated),
    declaration: stated.declaration,
  }
}

function guessed<T>(held: Sourced<T> | undefined, stated: Stated, own: Sourced<T> | undefined): Sourced<T> | undefined {
  if (held === undefined || held.assurance === 'inferred' || (own !== undefined && !isTentative(stated, own)))
    return held
  return { value: held.value, assurance: 'inferred', source: AMBIENT }
}

/** Whoever acts for what a stranger named is named by the stranger too. */
function asSureAsItsChain({ actor, isClaimed }: SpanFacts['line']): Sourced<Actor> | undefined {
  if (actor === undefined || !isClaimed || !isAtLeast(actor.assurance, 'asserted')) return actor
  return { ...actor, assurance: 'claimed' }
}

/** What the span states of a facet is kept beside what another source says about it. */
function completed<T extends object>(
  held: Sourced<T> | undefined,
  details: Partial<T> | undefined,
): Sourced<T> | undefined {
  return held === undefined || details === undefined ? held : { ...held, value: { ...details, ...held.value } }
}

export const ACTS_FOR_ITS_SERVICE: ReadonlySet<string> = new Set(['llm', 'retriever', 'tool', 'effect'])

function actorWithoutAgent(seen: SpanFacts): Sourced<Actor> | undefined {
  const { facts, stated, resource, resourceAttributes, kind, line } = seen
  if (kind === undefined) return undefined
  const recorded = stated.actor
  if (kind !== 'agent' && actorLabel(facts.namedAgent) !== undefined) {
    return { value: facts.namedAgent, assurance: 'inferred' }
  }
  if (recorded !== undefined) return recorded
  const running = fromResource(resource.actor) ?? agentOnResource(resourceAttributes)
  if (running !== undefined) return running
  if (line.belowAgent || !ACTS_FOR_ITS_SERVICE.has(kind)) return undefined
  const service = factOf(resourceAttributes[ATTR_SERVICE_NAME])
  return service === undefined ? undefined : { value: { id: service }, assurance: 'inferred', source: 'resource' }
}

/** On a resource only these keys are about an agent. `agent.name` there often names a monitoring agent. */
function agentOnResource(attributes: Attributes): Sourced<Actor> | undefined {
  const agent: Actor = {
    ...present('id', nameIn(attributes['gen_ai.agent.id'])),
    ...present('name', nameIn(attributes['gen_ai.agent.name'])),
    ...present('version', factOf(attributes['gen_ai.agent.version'])),
  }
  return actorLabel(agent) === undefined ? undefined : { value: agent, assurance: 'inferred', source: 'resource' }
}
