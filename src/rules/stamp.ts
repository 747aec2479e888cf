import type {
  Actor,
  Assurance,
  Authority,
  Decision,
  Declaration,
  ExecutionContext,
  Intent,
  Principal,
} from '../model/attribution.ts'
import { findingEntry } from '../model/finding.ts'
import { ATTR, JAEGER_WARNINGS } from '../model/names.ts'
import type { Held } from './lineage.ts'
import type { Judgement } from './judge.ts'
import type { Resolved, Sighting } from './resolve.ts'

export type StampValue = string | boolean | readonly string[]

/** What is written on a span, in the order in which it is written. Two lists, because one is made for every span. */
export class Stamp {
  readonly keys: string[] = []
  readonly values: StampValue[] = []
  #next = 0

  /** Adds a key that is not there yet; undefined adds nothing. */
  put(key: string, value: StampValue | undefined): void {
    if (value === undefined) return
    this.keys.push(key)
    this.values.push(value)
  }

  get(key: string): StampValue | undefined {
    return this.values[this.#indexOf(key)]
  }

  has(key: string): boolean {
    return this.#indexOf(key) !== -1
  }

  toAttributes(): Record<string, StampValue> {
    return Object.fromEntries(this.keys.map((key, index) => [key, this.values[index] as StampValue]))
  }

  /** What of it has one of these keys. */
  only(isMeant: (key: string) => boolean): Stamp {
    const part = new Stamp()
    for (const [index, key] of this.keys.entries()) if (isMeant(key)) part.put(key, this.values[index])
    return part
  }

  /** Keys are mostly asked for in the order in which they were written. */
  #indexOf(key: string): number {
    const index = this.keys[this.#next] === key ? this.#next : this.keys.indexOf(key)
    this.#next = index + 1
    return index
  }
}

export interface StampOptions {
  /** The value of `attribution.judge`. */
  readonly judgeName: string
  /** Also write `attribution.finding.<code>`, for stores that cannot search inside an array. */
  readonly findingAttributes: boolean
  /** Also write a warning for each finding where Jaeger looks for warnings. */
  readonly findingWarnings: boolean
  /** Also write `user.id` and `gen_ai.agent.*` where they are empty. */
  readonly fillStandard: boolean
}

/** The facets of a sighted span: what is known before it ends. */
export function stampFacets({ resolved }: Sighting): Stamp {
  const stamp = new Stamp()
  putPrincipal(stamp, resolved.principal)
  putActor(stamp, resolved)
  putContext(stamp, resolved.context)
  putIntent(stamp, resolved.intent)
  putAuthority(stamp, resolved.authority)
  putDecision(stamp, resolved.decision)
  putDeclaration(stamp, resolved.declaration)
  stamp.put(ATTR.correlationId, resolved.correlationId)
  return stamp
}

/** Everything that a judged span says when it has ended. */
export function stamp(sighting: Sighting, judgement: Judgement, options: StampOptions): Stamp {
  const stamped = stampFacets(sighting)
  stamped.put(ATTR.span.kind, sighting.kind)
  stamped.put(ATTR.span.dialect, sighting.dialect)
  stamped.put(ATTR.outcome, judgement.outcome)
  stamped.put(ATTR.verdict, judgement.verdict)
  stamped.put(ATTR.complete, judgement.complete)
  stamped.put(ATTR.findings, judgement.findings)
  if (options.findingAttributes) {
    for (const code of judgement.findings) stamped.put(ATTR.findingPrefix + code, 'true')
  }
  if (options.findingWarnings) warn(stamped, sighting, judgement)
  if (options.fillStandard) fillStandard(stamped, sighting)
  // Last, because a judge that stands says that the rest was written too.
  stamped.put(ATTR.judge, options.judgeName)
  return stamped
}

/** `onbehalf/<version> <policy digest>`. */
export function judgeName(version: string, policyDigest: string): string {
  return `onbehalf/${version} ${policyDigest}`
}

function putSureness(stamp: Stamp, names: { assurance: string; source: string }, held: Held<unknown>): void {
  stamp.put(names.assurance, held.assurance satisfies Assurance)
  stamp.put(names.source, held.source)
}

function putPrincipal(stamp: Stamp, held: Held<Principal> | undefined): void {
  if (held === undefined) return
  stamp.put(ATTR.principal.id, held.value.id)
  stamp.put(ATTR.principal.type, held.value.type)
  stamp.put(ATTR.principal.issuer, held.value.issuer)
  putSureness(stamp, ATTR.principal, held)
}

function putActor(stamp: Stamp, { actor, actorChain }: Resolved): void {
  if (actor === undefined) return
  const { id, name, version, issuer } = actor.value satisfies Actor
  stamp.put(ATTR.actor.id, id ?? name)
  stamp.put(ATTR.actor.name, name)
  stamp.put(ATTR.actor.version, version)
  stamp.put(ATTR.actor.issuer, issuer)
  if (actorChain.length > 0) stamp.put(ATTR.actor.chain, actorChain)
  putSureness(stamp, ATTR.actor, actor)
}

function putContext(stamp: Stamp, held: Held<ExecutionContext> | undefined): void {
  if (held === undefined) return
  const { id, type, target, credential } = held.value
  stamp.put(ATTR.context.id, id)
  stamp.put(ATTR.context.type, type)
  stamp.put(ATTR.context.target, target)
  stamp.put(ATTR.context.credentialId, credential?.id)
  stamp.put(ATTR.context.credentialType, credential?.type)
  stamp.put(ATTR.context.credentialSubject, credential?.subject)
  putSureness(stamp, ATTR.context, held)
}

function putIntent(stamp: Stamp, held: Held<Intent> | undefined): void {
  if (held === undefined) return
  const { id, summary, hash, purpose, parentId } = held.value
  stamp.put(ATTR.intent.id, id)
  stamp.put(ATTR.intent.summary, summary)
  stamp.put(ATTR.intent.hash, hash)
  stamp.put(ATTR.intent.purpose, purpose)
  stamp.put(ATTR.intent.parentId, parentId)
  putSureness(stamp, ATTR.intent, held)
}

function putAuthority(stamp: Stamp, authority: Authority | undefined): void {
  stamp.put(ATTR.authority.id, authority?.id)
  stamp.put(ATTR.authority.type, authority?.type)
  stamp.put(ATTR.authority.expiresAt, authority?.expiresAt)
  stamp.put(ATTR.authority.scopes, authority?.scopes)
}

function putDecision(stamp: Stamp, decision: Decision | undefined): void {
  stamp.put(ATTR.decision.outcome, decision?.outcome)
  stamp.put(ATTR.decision.policyId, decision?.policy?.id)
  stamp.put(ATTR.decision.policyVersion, decision?.policy?.version)
  stamp.put(ATTR.decision.approverId, decision?.approver?.id)
  stamp.put(ATTR.decision.at, decision?.at)
}

function putDeclaration(stamp: Stamp, declaration: Declaration | undefined): void {
  stamp.put(ATTR.declaration.type, declaration?.type)
  stamp.put(ATTR.declaration.owner, declaration?.owner)
  stamp.put(ATTR.declaration.trigger, declaration?.trigger)
  stamp.put(ATTR.declaration.merges, declaration?.merges)
}

/** Those of others stay, and come first. */
function warn(stamp: Stamp, { input }: Sighting, { findings }: Judgement): void {
  const ours = findings.map((code) => `${findingEntry(code).title} (${code})`)
  if (ours.length === 0) return
  const there = input.span.attributes[JAEGER_WARNINGS]
  const others = (Array.isArray(there) ? there : [there]).filter((text) => typeof text === 'string')
  stamp.put(JAEGER_WARNINGS, [...new Set([...others, ...ours])])
}

function fillStandard(stamp: Stamp, { resolved, input }: Sighting): void {
  const { attributes } = input.span
  const actor = resolved.actor?.value
  const principal = resolved.principal?.value
  const isUser = principal?.type === undefined || principal.type === 'human'
  const standard = {
    'user.id': isUser ? principal?.id : undefined,
    'gen_ai.agent.id': actor?.id,
    'gen_ai.agent.name': actor?.name ?? actor?.id,
    'gen_ai.agent.version': actor?.version,
  }
  for (const [key, value] of Object.entries(standard)) if (attributes[key] === undefined) stamp.put(key, value)
}
