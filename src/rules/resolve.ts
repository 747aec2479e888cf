import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import type {
  Actor,
  AgentSpanKind,
  Authority,
  Decision,
  Declaration,
  ExecutionContext,
  Intent,
  Outcome,
  Principal,
} from '../model/attribution.ts'
import { SPAN_KIND, STATUS } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { actorLabel, actorLine, isWeak } from './actor-line.ts'
import { heldContext } from './context.ts'
import { agentOf, isMcpCall, isMcpClient, isMcpSession, toolNameOf, userOf, userStandInOf } from './dialect-facts.ts'
import { canonicalId } from './identity.ts'
import type { ActorLine, Binding, Held, Lineage, RecognizedAbove, ToolAbove } from './lineage.ts'
import type { Policy } from './policy.ts'
import { MENTION, mentionsOf } from './mentions.ts'
import type { Mentions } from './mentions.ts'
import { mayBeRecognized, recognize } from './recognize.ts'
import type { Recognition } from './recognize.ts'
import { NOTHING_STATED, present, readResource, readStated, textOf } from './stated.ts'
import type { Early, Stated } from './stated.ts'

export interface SpanInput {
  readonly span: SpanShape
  /** What the span's parent hands down, or `lineageFrom` where there is none. */
  readonly lineage: Lineage
  /** Live only. */
  readonly binding?: Binding | undefined
  /** Live only: what we wrote on the span ourselves, which is nobody's statement. */
  readonly early?: Early | undefined
  /** Default: what the span's keys speak of now. */
  readonly mentions?: Mentions
  readonly policy: Policy
}

/** One span with everything that is known of it. `kind` is left out where the span is not judged. */
export interface Sighting {
  readonly kind: AgentSpanKind | undefined
  /** `none` for an effect that only its place in the trace shows. */
  readonly dialect: string
  /** An agent is made, not run. */
  readonly creation: boolean
  readonly tool: string | undefined
  /** The MCP span of a call that the tool span above it stands for already. */
  readonly sameAction: boolean
  readonly resolved: Resolved
  readonly outcome: Outcome
  readonly stated: Stated
  readonly mentions: Mentions
  readonly input: SpanInput
  /** What this span hands down to its children. */
  readonly below: Lineage
}

export interface Resolved {
  readonly principal: Held<Principal> | undefined
  readonly actor: Held<Actor> | undefined
  readonly actorChain: readonly string[]
  readonly context: Held<ExecutionContext> | undefined
  readonly intent: Held<Intent> | undefined
  readonly authority: Authority | undefined
  readonly decision: Decision | undefined
  readonly correlationId: string | undefined
  readonly declaration: Declaration | undefined
}

/** Recognizes a span and resolves its facets from what it states, what was bound and what its ancestors hand down. */
export function sight(input: SpanInput): Sighting {
  const { span } = input
  const mentions = input.mentions ?? mentionsOf(span.attributes, input.early)
  const states = (mentions.of & MENTION.attribution) !== 0
  const stated = states ? readStated(span.attributes, input.early) : NOTHING_STATED
  const recognition = recognize(span, mentions)
  const kind = kindOf(input, recognition)
  const tool = kind === 'tool' ? toolNameOf(span, recognition) : undefined
  const sameAction = kind === 'tool' && isSameAction(input, tool)
  const line = lineOf(input, stated, recognition, kind)
  const resource = readResource(span.resource.attributes)
  const resolved = resolve(input, { mentions, stated, resource, kind, tool, sameAction, line })
  const lineBelow = kind === 'agent' ? withActor(line, resolved) : line
  return {
    kind,
    dialect: recognition?.dialect ?? 'none',
    creation: recognition?.creation ?? false,
    tool,
    sameAction,
    resolved,
    outcome: stated.outcome ?? (span.status.code === STATUS.error ? 'failure' : 'success'),
    stated,
    mentions,
    input,
    below: lineageBelow(input, kind, tool, resolved, lineBelow),
  }
}

/** Whether nothing on a span matters here: no name, no attribute, no place in a protocol. Most spans are such. */
export function saysNothing(span: SpanShape, mentions: Mentions): boolean {
  return mentions.of === 0 && !mayBeRecognized(span, mentions) && !isMcpClient(span)
}

/** Whether a call that is no agent's own would be an effect here. */
export function mayAct({ transport, recognized }: Lineage, binding: Binding | undefined): boolean {
  if (transport) return false
  return binding?.acting === true || (recognized !== undefined && OWNERS_OF_EFFECTS.has(recognized.kind))
}

export function isOutgoing({ kind }: SpanShape): boolean {
  return kind === SPAN_KIND.client || kind === SPAN_KIND.producer
}

/** What a span hands down that says nothing and is no effect. */
export function passedOn({ resource, ...place }: Omit<SpanInput, 'span'> & Pick<SpanShape, 'resource'>): Lineage {
  return sight({ ...place, span: { ...SILENT, resource } }).below
}

const SILENT: Omit<SpanShape, 'resource'> = {
  name: '',
  kind: SPAN_KIND.internal,
  spanContext: () => ({ traceId: '', spanId: '' }),
  startTime: [0, 0],
  status: { code: STATUS.unset },
  attributes: {},
  instrumentationScope: { name: '' },
}

/** What a span is called as one action: the tool it runs or, for an effect, the tool that it belongs to. */
export function toolNameAround(sighting: Sighting): string | undefined {
  return sighting.tool ?? (sighting.kind === 'effect' ? sighting.input.lineage.tool?.name : undefined)
}

const OWNERS_OF_EFFECTS: ReadonlySet<string> = new Set(['agent', 'tool', 'workflow', 'retriever'])

function kindOf(
  { span, lineage, binding }: SpanInput,
  recognition: Recognition | undefined,
): AgentSpanKind | undefined {
  if (recognition !== undefined) return recognition.kind
  return isOutgoing(span) && mayAct(lineage, binding) && !isMcpSession(span) ? 'effect' : undefined
}

function isSameAction({ span, lineage }: SpanInput, tool: string | undefined): boolean {
  const outer = lineage.recognized?.kind === 'tool' ? lineage.tool?.name : undefined
  if (tool === undefined || outer === undefined || !isMcpCall(span)) return false
  return canonicalId(tool) === canonicalId(outer)
}

function lineOf(
  { span, lineage, binding, policy }: SpanInput,
  stated: Stated,
  recognition: Recognition | undefined,
  kind: AgentSpanKind | undefined,
): ActorLine {
  const agentSpan = kind === 'agent' && recognition !== undefined ? agentOf(span, recognition) : undefined
  return actorLine({ above: lineage.actors, binding, stated, agentSpan, alias: policy.alias })
}

interface Settled {
  readonly mentions: Mentions
  readonly stated: Stated
  readonly resource: Stated
  readonly kind: AgentSpanKind | undefined
  readonly tool: string | undefined
  readonly sameAction: boolean
  readonly line: ActorLine
}

/**
 * Each facet from the first of: the span's own, what the process bound, the carrier, the dialect, the nearest
 * ancestor, the resource.
 */
function resolve(input: SpanInput, settled: Settled): Resolved {
  const { lineage, binding } = input
  const { stated, line, resource } = settled
  const bound = binding?.bound
  const carried = binding?.carried?.attribution
  const actor = line.actor ?? actorWithoutAgent(input, settled)
  const label = actor === undefined ? undefined : actorLabel(actor.value)
  return {
    principal: principalOf(input, settled),
    actor,
    actorChain: line.chain.length > 0 || label === undefined ? line.chain : [label],
    context: heldContext(input, settled),
    intent: intentOf(input, settled),
    authority: stated.authority ?? bound?.authority ?? carried?.authority ?? lineage.authority ?? resource.authority,
    decision: decisionOf(input, settled),
    correlationId:
      stated.correlationId ??
      bound?.correlationId ??
      carried?.correlationId ??
      lineage.correlationId ??
      resource.correlationId,
    declaration: stated.declaration ?? bound?.declaration ?? lineage.declaration ?? resource.declaration,
  }
}

function principalOf(input: SpanInput, { mentions, stated, resource }: Settled): Held<Principal> | undefined {
  const { binding, lineage, span } = input
  const own = stated.principal
  if (own !== undefined && !isWeak(stated, own)) return own
  if (binding?.bound.principal !== undefined) return asserted(binding.bound.principal)
  const carried = binding?.carried
  if (carried?.attribution.principal !== undefined) {
    return { value: carried.attribution.principal, assurance: carried.assurance }
  }
  const mentionsUser = (mentions.of & MENTION.user) !== 0
  const user = mentionsUser ? userOf(span) : undefined
  if (user !== undefined) return inferredUser(user)
  const known = lineage.principal ?? own
  const standIn = known === undefined && mentionsUser ? userStandInOf(span) : undefined
  return known ?? (standIn === undefined ? fromResource(resource.principal) : inferredUser(standIn))
}

function inferredUser(id: string): Held<Principal> {
  return { value: { id, type: 'human' }, assurance: 'inferred' }
}

function intentOf({ binding, lineage }: SpanInput, { stated, resource }: Settled): Held<Intent> | undefined {
  const own = stated.intent
  if (own !== undefined && !isWeak(stated, own)) return own
  if (binding?.bound.intent !== undefined) return asserted(binding.bound.intent)
  const carried = binding?.carried
  if (carried?.attribution.intent !== undefined) {
    return { value: carried.attribution.intent, assurance: carried.assurance }
  }
  return lineage.intent ?? own ?? fromResource(resource.intent)
}

/** A decision passes from a tool to its effects, and to the MCP span that is the same action, and no further. */
function decisionOf({ binding, lineage }: SpanInput, { stated, kind, sameAction }: Settled): Decision | undefined {
  const own = stated.decision ?? binding?.bound.decision
  if (own !== undefined) return own
  return kind === 'effect' || sameAction ? lineage.tool?.decision : undefined
}

export const ACTS_FOR_ITS_SERVICE: ReadonlySet<string> = new Set(['llm', 'retriever', 'tool', 'effect'])

function actorWithoutAgent({ span }: SpanInput, settled: Settled): Held<Actor> | undefined {
  const { mentions, stated, resource, kind, line } = settled
  if (kind === undefined) return undefined
  const recorded = stated.actor
  if (kind !== 'agent' && (mentions.of & MENTION.agent) !== 0) {
    const agent = agentOf(span, undefined)
    if (actorLabel(agent) !== undefined) return { value: agent, assurance: 'inferred' }
  }
  if (recorded !== undefined) return recorded
  const running = fromResource(resource.actor) ?? agentOnResource(span)
  if (running !== undefined) return running
  if (line.belowAgent || !ACTS_FOR_ITS_SERVICE.has(kind)) return undefined
  const service = textOf(span.resource.attributes[ATTR_SERVICE_NAME])
  return service === undefined ? undefined : { value: { id: service }, assurance: 'inferred', source: 'resource' }
}

/** Of a resource only these keys speak of an agent; `agent.name` there often names a monitoring agent. */
function agentOnResource(span: SpanShape): Held<Actor> | undefined {
  const { attributes } = span.resource
  const agent: Actor = {
    ...present('id', textOf(attributes['gen_ai.agent.id'])),
    ...present('name', textOf(attributes['gen_ai.agent.name'])),
    ...present('version', textOf(attributes['gen_ai.agent.version'])),
  }
  return actorLabel(agent) === undefined ? undefined : { value: agent, assurance: 'inferred', source: 'resource' }
}

function fromResource<T>(held: Held<T> | undefined): Held<T> | undefined {
  return held === undefined ? undefined : { value: held.value, assurance: 'inferred', source: 'resource' }
}

function asserted<T>(value: T): Held<T> {
  return { value, assurance: 'asserted' }
}

function lineageBelow(
  { span, lineage }: SpanInput,
  kind: AgentSpanKind | undefined,
  tool: string | undefined,
  resolved: Resolved,
  actors: ActorLine,
): Lineage {
  const { principal, intent, authority, correlationId, declaration } = resolved
  const above = kind === 'agent' ? undefined : lineage.tool
  const recognized = kind === undefined || kind === 'effect' ? lineage.recognized : recognizedAs(kind, resolved, actors)
  lineage.tree.correlationId ??= correlationId
  return {
    origin: lineage.origin,
    tree: lineage.tree,
    principal,
    intent,
    authority,
    correlationId,
    declaration,
    actors,
    tool: kind === 'tool' ? toolBelow(span, tool, resolved) : above,
    recognized,
    transport: isTransportBelow(span, kind, lineage.transport),
    rooted: lineage.rooted || kind === 'agent' || kind === 'workflow',
  }
}

/** An agent that only its resource names is the agent of what stands below it, in whatever process. */
function withActor(line: ActorLine, { actor, actorChain }: Resolved): ActorLine {
  return line.actor !== undefined || actor === undefined ? line : { ...line, actor, chain: actorChain }
}

function recognizedAs(kind: RecognizedAbove['kind'], resolved: Resolved, actors: ActorLine): RecognizedAbove {
  const { principal, intent, authority, correlationId } = resolved
  return { kind, principal, intent, authority, correlationId, chain: actors.chain }
}

function toolBelow(span: SpanShape, name: string | undefined, { context, decision }: Resolved): ToolAbove {
  return { name, spanId: span.spanContext().spanId, context, decision }
}

function isTransportBelow(span: SpanShape, kind: AgentSpanKind | undefined, above: boolean): boolean {
  if (kind === 'llm' || kind === 'effect' || isMcpClient(span)) return true
  return kind === undefined ? above : false
}
