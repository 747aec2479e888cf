import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import type {
  Actor,
  AgentSpanKind,
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
import { heldDecision } from './decision.ts'
import type { Facts } from '../recognize/facts.ts'
import type { ActorChain, Binding, Sourced, Lineage } from './lineage.ts'
import type { RecordedDecision } from './recorded-decision.ts'
import type { Policy } from '../policy/policy.ts'
import type { KeyScan } from '../recognize/key-scan.ts'
import { userOnResource } from './resource-user.ts'
import { factOf, present } from '../base/attribute-value.ts'
import type { OwnWrites } from '../model/own-writes.ts'
import type { Stated } from './stated.ts'

export interface SpanInput {
  readonly span: SpanShape
  /** What the span's parent hands down, or `lineageFrom` where there is none. */
  readonly lineage: Lineage
  /** Default: what the span's keys speak of now. */
  readonly keyScan?: KeyScan | undefined
  readonly policy: Policy
  /** Default: nothing, as for a recorded span. */
  readonly live?: LiveKnowledge | undefined
}

/** What only the process knows in which a span runs. */
export interface LiveKnowledge {
  readonly binding?: Binding | undefined
  /** What we wrote on the span ourselves, which is nobody's statement. */
  readonly ownWrites?: OwnWrites | undefined
  /** What is known of the span's resource while it is still being detected. Default: the resource. */
  readonly resource?: SpanShape['resource'] | undefined
  /** The limit that the app has set for the values of the span's attributes. */
  readonly valueLimit?: number | undefined
}

export interface Facets {
  readonly principal: Sourced<Principal> | undefined
  readonly actor: Sourced<Actor> | undefined
  readonly actorChain: readonly string[]
  readonly context: Sourced<ExecutionContext> | undefined
  readonly intent: Sourced<Intent> | undefined
  readonly authority: Authority | undefined
  readonly decision: Sourced<Decision> | undefined
  readonly correlationId: string | undefined
  readonly declaration: Declaration | undefined
}

/** What is known of a span before its facets are. */
export interface SpanFacts {
  readonly span: SpanShape
  readonly lineage: Lineage
  readonly binding: Binding | undefined
  readonly facts: Facts
  readonly stated: Stated
  readonly resource: Stated
  readonly resourceAttributes: Attributes
  readonly kind: AgentSpanKind | undefined
  readonly tool: string | undefined
  readonly sameAction: boolean
  readonly line: ActorChain
  /** What others recorded of a decision on this act. */
  readonly recorded: readonly RecordedDecision[]
  /** What this span records of a decision on another act. */
  readonly ofOther: RecordedDecision | undefined
}

/**
 * Each facet from the first of: the span's own, what the process bound, the carrier, the dialect, the nearest
 * ancestor, the resource (of which what it says of a user comes last).
 */
export function resolve(known: SpanFacts): Facets {
  const { lineage, binding, stated, line, resource } = known
  const bound = binding?.bound
  const carried = binding?.carried?.attribution
  const actor = line.actor ?? actorWithoutAgent(known)
  const label = actor === undefined ? undefined : actorLabel(actor.value)
  const facets: Facets = {
    principal: completed(principalOf(known), stated.details.principal),
    actor,
    actorChain: line.chain.length > 0 || label === undefined ? line.chain : [label],
    context: heldContext(known),
    intent: completed(intentOf(known), stated.details.intent),
    authority: stated.authority ?? bound?.authority ?? carried?.authority ?? lineage.authority ?? resource.authority,
    decision: heldDecision(known, binding),
    correlationId:
      stated.correlationId ??
      bound?.correlationId ??
      carried?.correlationId ??
      lineage.correlationId ??
      resource.correlationId,
    declaration: stated.declaration ?? bound?.declaration ?? lineage.declaration ?? resource.declaration,
  }
  return binding?.stale === true ? tentative(facets, known) : facets
}

/**
 * What is known of a span that ran in the context of other work, or of work that was over: what it states itself, and
 * otherwise a guess. A guess grants nothing, decides nothing and declares nothing; what spans record of a policy stays.
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
    decision: decision?.assurance === 'inferred' ? decision : stated.decision,
    declaration: stated.declaration,
  }
}

function guessed<T>(held: Sourced<T> | undefined, stated: Stated, own: Sourced<T> | undefined): Sourced<T> | undefined {
  if (held === undefined || held.assurance === 'inferred' || (own !== undefined && !isTentative(stated, own)))
    return held
  return { value: held.value, assurance: 'inferred', source: AMBIENT }
}

function principalOf(seen: SpanFacts): Sourced<Principal> | undefined {
  const { binding, lineage, facts, stated, resource } = seen
  const own = stated.principal
  if (own !== undefined && !isTentative(stated, own)) return own
  if (binding?.bound.principal !== undefined) return asserted(binding.bound.principal)
  const carried = binding?.carried
  if (carried?.attribution.principal !== undefined) {
    return { value: carried.attribution.principal, assurance: carried.assurance }
  }
  const { user } = facts
  if (user !== undefined) return inferredUser(user)
  const known = lineage.principal ?? own
  if (known !== undefined && known.source !== 'resource') return known
  const standIn = facts.userStandIn
  if (standIn !== undefined) return inferredUser(standIn)
  return known ?? fromResource(resource.principal) ?? userOfProgram(seen)
}

/** Last of all whose program it is, and after that on which machine it is installed. */
function userOfProgram({ facts, resourceAttributes }: SpanFacts): Sourced<Principal> | undefined {
  const user = userOnResource(resourceAttributes)
  if (user !== undefined) return { ...inferredUser(user), source: 'resource' }
  const { installation } = facts
  return installation === undefined ? undefined : inferredUser(installation)
}

function inferredUser(id: string): Sourced<Principal> {
  return { value: { id, type: 'human' }, assurance: 'inferred' }
}

function intentOf({ binding, lineage, stated, resource }: SpanFacts): Sourced<Intent> | undefined {
  const own = stated.intent
  if (own !== undefined && !isTentative(stated, own)) return own
  if (binding?.bound.intent !== undefined) return asserted(binding.bound.intent)
  const carried = binding?.carried
  if (carried?.attribution.intent !== undefined) {
    return { value: carried.attribution.intent, assurance: carried.assurance }
  }
  return lineage.intent ?? own ?? fromResource(resource.intent)
}

/** What the span states of a facet stays beside what another source says of it. */
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

/** Of a resource only these keys speak of an agent; `agent.name` there often names a monitoring agent. */
function agentOnResource(attributes: Attributes): Sourced<Actor> | undefined {
  const agent: Actor = {
    ...present('id', factOf(attributes['gen_ai.agent.id'])),
    ...present('name', factOf(attributes['gen_ai.agent.name'])),
    ...present('version', factOf(attributes['gen_ai.agent.version'])),
  }
  return actorLabel(agent) === undefined ? undefined : { value: agent, assurance: 'inferred', source: 'resource' }
}

function fromResource<T>(held: Sourced<T> | undefined): Sourced<T> | undefined {
  return held === undefined ? undefined : { value: held.value, assurance: 'inferred', source: 'resource' }
}

function asserted<T>(value: T): Sourced<T> {
  return { value, assurance: 'asserted' }
}
