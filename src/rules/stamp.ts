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
/** What is written on a span, in the order in which it is written. */
export type Stamp = ReadonlyMap<string, StampValue>
type Draft = Map<string, StampValue>

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
export function stampFacets({ resolved }: Sighting): Draft {
  const stamp: Draft = new Map()
  putPrincipal(stamp, resolved.principal)
  putActor(stamp, resolved)
  putContext(stamp, resolved.context)
  putIntent(stamp, resolved.intent)
  putAuthority(stamp, resolved.authority)
  putDecision(stamp, resolved.decision)
  putDeclaration(stamp, resolved.declaration)
  put(stamp, ATTR.correlationId, resolved.correlationId)
  return stamp
}

/** Everything that a judged span says when it has ended. */
export function stamp(sighting: Sighting, judgement: Judgement, options: StampOptions): Stamp {
  const stamped = stampFacets(sighting)
  put(stamped, ATTR.span.kind, sighting.kind)
  put(stamped, ATTR.span.dialect, sighting.dialect)
  put(stamped, ATTR.outcome, judgement.outcome)
  put(stamped, ATTR.verdict, judgement.verdict)
  put(stamped, ATTR.complete, judgement.complete)
  put(stamped, ATTR.findings, judgement.findings)
  if (options.findingAttributes) {
    for (const code of judgement.findings) put(stamped, ATTR.findingPrefix + code, 'true')
  }
  if (options.findingWarnings) warn(stamped, sighting, judgement)
  if (options.fillStandard) fillStandard(stamped, sighting)
  // Last, because a judge that stands says that the rest was written too.
  put(stamped, ATTR.judge, options.judgeName)
  return stamped
}

/** `onbehalf/<version> <policy digest>`. */
export function judgeName(version: string, policyDigest: string): string {
  return `onbehalf/${version} ${policyDigest}`
}

function put(stamp: Draft, key: string, value: StampValue | undefined): void {
  if (value !== undefined) stamp.set(key, value)
}

function putSureness(stamp: Draft, names: { assurance: string; source: string }, held: Held<unknown>): void {
  put(stamp, names.assurance, held.assurance satisfies Assurance)
  put(stamp, names.source, held.source)
}

function putPrincipal(stamp: Draft, held: Held<Principal> | undefined): void {
  if (held === undefined) return
  put(stamp, ATTR.principal.id, held.value.id)
  put(stamp, ATTR.principal.type, held.value.type)
  put(stamp, ATTR.principal.issuer, held.value.issuer)
  putSureness(stamp, ATTR.principal, held)
}

function putActor(stamp: Draft, { actor, actorChain }: Resolved): void {
  if (actor === undefined) return
  const { id, name, version, issuer } = actor.value satisfies Actor
  put(stamp, ATTR.actor.id, id ?? name)
  put(stamp, ATTR.actor.name, name)
  put(stamp, ATTR.actor.version, version)
  put(stamp, ATTR.actor.issuer, issuer)
  if (actorChain.length > 0) put(stamp, ATTR.actor.chain, actorChain)
  putSureness(stamp, ATTR.actor, actor)
}

function putContext(stamp: Draft, held: Held<ExecutionContext> | undefined): void {
  if (held === undefined) return
  const { id, type, target, credential } = held.value
  put(stamp, ATTR.context.id, id)
  put(stamp, ATTR.context.type, type)
  put(stamp, ATTR.context.target, target)
  put(stamp, ATTR.context.credentialId, credential?.id)
  put(stamp, ATTR.context.credentialType, credential?.type)
  put(stamp, ATTR.context.credentialSubject, credential?.subject)
  putSureness(stamp, ATTR.context, held)
}

function putIntent(stamp: Draft, held: Held<Intent> | undefined): void {
  if (held === undefined) return
  const { id, summary, hash, purpose, parentId } = held.value
  put(stamp, ATTR.intent.id, id)
  put(stamp, ATTR.intent.summary, summary)
  put(stamp, ATTR.intent.hash, hash)
  put(stamp, ATTR.intent.purpose, purpose)
  put(stamp, ATTR.intent.parentId, parentId)
  putSureness(stamp, ATTR.intent, held)
}

function putAuthority(stamp: Draft, authority: Authority | undefined): void {
  put(stamp, ATTR.authority.id, authority?.id)
  put(stamp, ATTR.authority.type, authority?.type)
  put(stamp, ATTR.authority.expiresAt, authority?.expiresAt)
  put(stamp, ATTR.authority.scopes, authority?.scopes)
}

function putDecision(stamp: Draft, decision: Decision | undefined): void {
  put(stamp, ATTR.decision.outcome, decision?.outcome)
  put(stamp, ATTR.decision.policyId, decision?.policy?.id)
  put(stamp, ATTR.decision.policyVersion, decision?.policy?.version)
  put(stamp, ATTR.decision.approverId, decision?.approver?.id)
  put(stamp, ATTR.decision.at, decision?.at)
}

function putDeclaration(stamp: Draft, declaration: Declaration | undefined): void {
  put(stamp, ATTR.declaration.type, declaration?.type)
  put(stamp, ATTR.declaration.owner, declaration?.owner)
  put(stamp, ATTR.declaration.trigger, declaration?.trigger)
  put(stamp, ATTR.declaration.merges, declaration?.merges)
}

/** Those of others stay, and come first. */
function warn(stamp: Draft, { input }: Sighting, { findings }: Judgement): void {
  const ours = findings.map((code) => `${findingEntry(code).title} (${code})`)
  if (ours.length === 0) return
  const there = input.span.attributes[JAEGER_WARNINGS]
  const others = (Array.isArray(there) ? there : [there]).filter((text) => typeof text === 'string')
  put(stamp, JAEGER_WARNINGS, [...new Set([...others, ...ours])])
}

function fillStandard(stamp: Draft, { resolved, input }: Sighting): void {
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
  for (const [key, value] of Object.entries(standard)) if (attributes[key] === undefined) put(stamp, key, value)
}
