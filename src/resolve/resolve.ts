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
import type { SpanShape } from '../model/span.ts'
import { actorLabel, AMBIENT, isTentative } from './actor-chain.ts'
import { heldContext } from './context.ts'
import { heldDecision } from './decision.ts'
import { agentOf, installationOf, userOf, userStandInOf } from '../recognize/facts.ts'
import type { ActorChain, Binding, Sourced, Lineage } from './lineage.ts'
import type { RecordedDecision } from './recorded-decision.ts'
import type { Policy } from '../policy/policy.ts'
import { SUBJECT } from '../recognize/key-scan.ts'
import type { KeyScan } from '../recognize/key-scan.ts'
import { userOnResource } from './resource-user.ts'
import { factOf, present } from '../base/attribute-value.ts'
import type { OwnWrites } from '../model/own-writes.ts'
import type { Stated } from './stated.ts'

export interface SpanInput {
  readonly span: SpanShape
  /** What the span's parent hands down, or `lineageFrom` where there is none. */
  readonly lineage: Lineage
  /** Live only. */
  readonly binding?: Binding | undefined
  /** Live only: what we wrote on the span ourselves, which is nobody's statement. */
  readonly ownWrites?: OwnWrites | undefined
  /** Live only: what is known of the span's resource while it is still being detected. Default: the resource. */
  readonly resource?: SpanShape['resource']
  /** Default: what the span's keys speak of now. */
  readonly keyScan?: KeyScan | undefined
  /** Live only: the limit that the app has set for the values of the span's attributes. */
  readonly valueLimit?: number | undefined
  readonly policy: Policy
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
  readonly keyScan: KeyScan
  readonly stated: Stated
  readonly resource: Stated
  readonly kind: AgentSpanKind | undefined
  readonly tool: string | undefined
  readonly sameAction: boolean
  readonly line: ActorChain
  /** What others recorded of a decision on this act. */
  readonly recorded: readonly RecordedDecision[]
}

/**
 * Each facet from the first of: the span's own, what the process bound, the carrier, the dialect, the nearest
 * ancestor, the resource (of which what it says of a user comes last).
 */
export function resolve(input: SpanInput, facts: SpanFacts): Facets {
  const { lineage, binding } = input
  const { stated, line, resource } = facts
  const bound = binding?.bound
  const carried = binding?.carried?.attribution
  const actor = line.actor ?? actorWithoutAgent(input, facts)
  const label = actor === undefined ? undefined : actorLabel(actor.value)
  const facets: Facets = {
    principal: completed(principalOf(input, facts), stated.details.principal),
    actor,
    actorChain: line.chain.length > 0 || label === undefined ? line.chain : [label],
    context: heldContext(input, facts),
    intent: completed(intentOf(input, facts), stated.details.intent),
    authority: stated.authority ?? bound?.authority ?? carried?.authority ?? lineage.authority ?? resource.authority,
    decision: heldDecision(input, facts),
    correlationId:
      stated.correlationId ??
      bound?.correlationId ??
      carried?.correlationId ??
      lineage.correlationId ??
      resource.correlationId,
    declaration: stated.declaration ?? bound?.declaration ?? lineage.declaration ?? resource.declaration,
  }
  return binding?.stale === true ? tentative(facets, input, facts) : facets
}

/**
 * What is known of a span that ran in the context of other work, or of work that was over: what it states itself, and
 * otherwise a guess. A guess grants nothing, decides nothing and declares nothing; what spans record of a policy stays.
 */
function tentative(facets: Facets, { lineage }: SpanInput, facts: SpanFacts): Facets {
  const { stated } = facts
  const decision = heldDecision({ lineage }, facts)
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

function principalOf(input: SpanInput, { keyScan, stated, resource }: SpanFacts): Sourced<Principal> | undefined {
  const { binding, lineage, span } = input
  const own = stated.principal
  if (own !== undefined && !isTentative(stated, own)) return own
  if (binding?.bound.principal !== undefined) return asserted(binding.bound.principal)
  const carried = binding?.carried
  if (carried?.attribution.principal !== undefined) {
    return { value: carried.attribution.principal, assurance: carried.assurance }
  }
  const mentionsUser = (keyScan.subjects & SUBJECT.user) !== 0
  const user = mentionsUser ? userOf(span) : undefined
  if (user !== undefined) return inferredUser(user)
  const known = lineage.principal ?? own
  if (known !== undefined && known.source !== 'resource') return known
  const standIn = mentionsUser ? userStandInOf(span) : undefined
  if (standIn !== undefined) return inferredUser(standIn)
  return known ?? fromResource(resource.principal) ?? userOfProgram(input, mentionsUser)
}

/** Last of all whose program it is, and after that on which machine it is installed. */
function userOfProgram(
  { span, resource: known = span.resource }: SpanInput,
  mentionsUser: boolean,
): Sourced<Principal> | undefined {
  const user = userOnResource(known.attributes)
  if (user !== undefined) return { ...inferredUser(user), source: 'resource' }
  const installation = mentionsUser ? installationOf(span) : undefined
  return installation === undefined ? undefined : inferredUser(installation)
}

function inferredUser(id: string): Sourced<Principal> {
  return { value: { id, type: 'human' }, assurance: 'inferred' }
}

function intentOf({ binding, lineage }: SpanInput, { stated, resource }: SpanFacts): Sourced<Intent> | undefined {
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

function actorWithoutAgent(
  { span, resource: known = span.resource }: SpanInput,
  facts: SpanFacts,
): Sourced<Actor> | undefined {
  const { keyScan, stated, resource, kind, line } = facts
  if (kind === undefined) return undefined
  const recorded = stated.actor
  if (kind !== 'agent' && (keyScan.subjects & SUBJECT.agent) !== 0) {
    const agent = agentOf(span, undefined)
    if (actorLabel(agent) !== undefined) return { value: agent, assurance: 'inferred' }
  }
  if (recorded !== undefined) return recorded
  const running = fromResource(resource.actor) ?? agentOnResource(known)
  if (running !== undefined) return running
  if (line.belowAgent || !ACTS_FOR_ITS_SERVICE.has(kind)) return undefined
  const service = factOf(known.attributes[ATTR_SERVICE_NAME])
  return service === undefined ? undefined : { value: { id: service }, assurance: 'inferred', source: 'resource' }
}

/** Of a resource only these keys speak of an agent; `agent.name` there often names a monitoring agent. */
function agentOnResource({ attributes }: SpanShape['resource']): Sourced<Actor> | undefined {
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
