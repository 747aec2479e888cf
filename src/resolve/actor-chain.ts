import type { Actor } from '../model/attribution.ts'
import { boundedChain } from '../base/bounded-chain.ts'
import { canonicalId } from '../identity/identity.ts'
import type { Alias } from '../identity/identity.ts'
import { surenessIn } from './lineage.ts'
import type { ActorChain, Binding, BoundAgent, Sourced } from './lineage.ts'
import type { Stated } from './stated.ts'

export interface ActorInput {
  readonly above: ActorChain
  readonly binding: Binding | undefined
  readonly stated: Stated
  /** What the dialect calls the agent. Undefined if the span isn't an agent. */
  readonly agentSpan: Actor | undefined
  readonly alias: Alias
}

/**
 * The actor of a span and the chain that led to it: the nearest agent at or above the span. Inside `asAgent`, the
 * outermost agent span is that agent, whatever its dialect calls it. One below it with another id or name is a further
 * actor. A nameless agent, or the chain's last actor again, adds nothing.
 */
export function resolveChain(input: ActorInput): ActorChain {
  const entered = enterBinding(input.above, input.binding, input.alias)
  const line = input.agentSpan === undefined ? entered : addAgentSpan(entered, input.agentSpan, input.alias)
  const { actor } = input.stated
  if (actor === undefined || isOutdone(actor, input.binding)) return line
  if (isTentative(input.stated, actor)) return withRecordedStart(line, input.stated.chain, input.alias)
  return { ...line, ...stateActor(entered, input.stated, actor, input.alias) }
}

/** A claim never replaces what this process's code entered with `asAgent`. */
function isOutdone(actor: Sourced<Actor>, binding: Binding | undefined): boolean {
  return actor.assurance === 'claimed' && (binding?.agents.length ?? 0) > 0
}

/** By id, else by name: what chains and reports call an actor. */
export function actorLabel(actor: Actor): string | undefined {
  return actor.id ?? actor.name
}

/** The source of what merely happened to be bound where a span ran. No trace can tell better whose it was. */
export const AMBIENT = 'ambient'

/** Whether a live process only inferred it, so that what the whole trace shows replaces it. */
export function isTentative(stated: Stated, held: Sourced<unknown>): boolean {
  return stated.judged && held.assurance === 'inferred' && held.source !== AMBIENT
}

function enterBinding(above: ActorChain, binding: Binding | undefined, alias: Alias): ActorChain {
  if (binding === undefined) return above
  const line = enterCarried(above, binding)
  if (line.agents === binding.agents) return line
  const common = line.agents.findIndex((agent, index) => binding.agents[index] !== agent)
  const entered = binding.agents.slice(common === -1 ? line.agents.length : common)
  if (entered.length === 0) return line
  return entered.reduce((result, agent) => enterAgent(result, agent, alias), { ...line, agents: binding.agents })
}

function enterCarried(line: ActorChain, binding: Binding): ActorChain {
  const { carried } = binding
  if (carried === undefined || carried === line.carried) return line
  const { actor, actorChain } = carried.attribution
  const last = actor ?? (actorChain === undefined ? undefined : { id: actorChain.at(-1) as string })
  if (last === undefined) return { ...line, carried }
  const label = actorLabel(last)
  const chain = boundedChain(actorChain ?? (label === undefined ? [] : [label]))
  const sureness = surenessIn(carried, 'actor')
  const held = { value: last, ...sureness }
  const isClaimed = sureness.assurance === 'claimed'
  return { ...line, actor: held, chain, agents: [], hasAgentSpan: false, carried, isClaimed }
}

function enterAgent(line: ActorChain, { actor }: BoundAgent, alias: Alias): ActorChain {
  return {
    ...line,
    actor: confirmed(line.actor, actor, alias) ?? { value: actor, assurance: 'asserted' },
    chain: append(line, actor, alias),
    hasAgentSpan: false,
  }
}

/** A token already names the agent that this process's code enters: both say the same, and the token is surer. */
function confirmed(before: Sourced<Actor> | undefined, actor: Actor, alias: Alias): Sourced<Actor> | undefined {
  if (before?.assurance !== 'verified' || !isSameActor(actor, before.value, alias)) return undefined
  return { ...before, value: { ...actor, ...before.value } }
}

function addAgentSpan(line: ActorChain, agent: Actor, alias: Alias): ActorChain {
  const below = { ...line, belowAgent: true, hasAgentSpan: true }
  const isOutermost = line.agents.length > 0 && !line.hasAgentSpan
  if (isOutermost || actorLabel(agent) === undefined) return below
  if (line.actor !== undefined && isSameActor(agent, line.actor.value, alias)) return below
  return { ...below, actor: { value: agent, assurance: 'inferred' }, chain: append(line, agent, alias) }
}

function stateActor(entered: ActorChain, stated: Stated, actor: Sourced<Actor>, alias: Alias): Partial<ActorChain> {
  if (stated.chain === undefined) return { actor, chain: append(entered, actor.value, alias) }
  return { actor, chain: stated.chain, isClaimed: false }
}

function append(line: ActorChain, actor: Actor, alias: Alias): readonly string[] {
  const label = actorLabel(actor)
  if (label === undefined) return line.chain
  if (line.actor !== undefined && isSameActor(actor, line.actor.value, alias)) return line.chain
  const last = line.chain.at(-1)
  const repeats = last !== undefined && alias(canonicalId(last)) === alias(canonicalId(label))
  return repeats ? line.chain : boundedChain([...line.chain, label])
}

/** A live process may know actors from before the trace begins: a carrier named them. */
function withRecordedStart(line: ActorChain, recorded: readonly string[] | undefined, alias: Alias): ActorChain {
  const more = (recorded?.length ?? 0) - line.chain.length
  if (recorded === undefined || line.chain.length === 0 || more <= 0) return line
  const ends = line.chain.every(
    (entry, at) => alias(canonicalId(entry)) === alias(canonicalId(recorded[at + more] ?? '')),
  )
  return ends ? { ...line, chain: recorded } : line
}

/** Compares two ids. If one side has none, any shared name will do. */
function isSameActor(a: Actor, b: Actor, alias: Alias): boolean {
  if (a.id !== undefined && b.id !== undefined) return alias(canonicalId(a.id)) === alias(canonicalId(b.id))
  const names = [b.id, b.name].flatMap((name) => (name === undefined ? [] : [alias(canonicalId(name))]))
  return [a.id, a.name].some((name) => name !== undefined && names.includes(alias(canonicalId(name))))
}
