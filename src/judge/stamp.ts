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
import { ATTR, JAEGER_WARNINGS, setAttribute } from '../model/names.ts'
import { fitted } from './fitted.ts'
import type { StampValue } from './fitted.ts'
import type { Sourced } from '../resolve/lineage.ts'
import type { Judgement } from './judge.ts'
import type { Facets } from '../resolve/resolve.ts'
import type { ResolvedSpan } from '../resolve/resolved-span.ts'

/** Where a stamp is put: on a span, or anywhere else. */
export interface StampTarget {
  /** Takes one attribute; undefined stands for none. */
  put(key: string, value: StampValue | undefined): unknown
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

/** Puts the facets of a resolved span: what is known before it ends. */
export function putFacets(to: StampTarget, { facets }: ResolvedSpan): void {
  putPrincipal(to, facets.principal)
  putActor(to, facets)
  putContext(to, facets.context)
  putIntent(to, facets.intent)
  putAuthority(to, facets.authority)
  putDecision(to, facets.decision)
  putDeclaration(to, facets.declaration)
  to.put(ATTR.correlationId, facets.correlationId)
}

/** Puts what is known of a judged span when it has ended, the judge last: where it stands, the rest was put too. */
export function putVerdict(to: StampTarget, resolved: ResolvedSpan, judgement: Judgement, options: StampOptions): void {
  to.put(ATTR.span.kind, resolved.kind)
  to.put(ATTR.span.dialect, resolved.dialect)
  to.put(ATTR.outcome, judgement.outcome)
  to.put(ATTR.verdict, judgement.verdict)
  to.put(ATTR.complete, judgement.complete)
  to.put(ATTR.findings, judgement.findings)
  if (options.findingAttributes) {
    for (const code of judgement.findings) to.put(ATTR.findingPrefix + code, 'true')
  }
  if (options.findingWarnings) warn(to, resolved, judgement)
  if (options.fillStandard) fillStandard(to, resolved)
  to.put(ATTR.judge, options.judgeName)
}

/** Everything that a judged span says when it has ended, each value no longer than `limit`. */
export function stamp(
  resolved: ResolvedSpan,
  judgement: Judgement,
  options: StampOptions,
  limit?: number,
): Record<string, StampValue> {
  return collected((to) => {
    putFacets(to, resolved)
    putVerdict(to, resolved, judgement, options)
  }, limit)
}

/** The facets of a resolved span, on their own. */
export function facetsOf(resolved: ResolvedSpan): Record<string, StampValue> {
  return collected((to) => putFacets(to, resolved))
}

/** `onbehalf/<version> <policy digest>`. */
export function judgeName(version: string, policyDigest: string): string {
  return `onbehalf/${version} ${policyDigest}`
}

function collected(fill: (to: StampTarget) => void, limit?: number): Record<string, StampValue> {
  const attributes: Record<string, StampValue> = {}
  fill({
    put(key, value) {
      const fit = value === undefined ? undefined : fitted(key, value, limit)
      if (fit !== undefined) setAttribute(attributes, key, fit)
    },
  })
  return attributes
}

function putSureness(to: StampTarget, names: { assurance: string; source: string }, held: Sourced<unknown>): void {
  to.put(names.assurance, held.assurance satisfies Assurance)
  to.put(names.source, held.source)
}

function putPrincipal(to: StampTarget, held: Sourced<Principal> | undefined): void {
  if (held === undefined) return
  to.put(ATTR.principal.id, held.value.id)
  to.put(ATTR.principal.type, held.value.type)
  to.put(ATTR.principal.issuer, held.value.issuer)
  putSureness(to, ATTR.principal, held)
}

function putActor(to: StampTarget, { actor, actorChain }: Facets): void {
  if (actor === undefined) return
  const { id, name, version, issuer } = actor.value satisfies Actor
  to.put(ATTR.actor.id, id ?? name)
  to.put(ATTR.actor.name, name)
  to.put(ATTR.actor.version, version)
  to.put(ATTR.actor.issuer, issuer)
  if (actorChain.length > 0) to.put(ATTR.actor.chain, actorChain)
  putSureness(to, ATTR.actor, actor)
}

function putContext(to: StampTarget, held: Sourced<ExecutionContext> | undefined): void {
  if (held === undefined) return
  const { id, type, target, credential } = held.value
  to.put(ATTR.context.id, id)
  to.put(ATTR.context.type, type)
  to.put(ATTR.context.target, target)
  to.put(ATTR.context.credentialId, credential?.id)
  to.put(ATTR.context.credentialType, credential?.type)
  to.put(ATTR.context.credentialSubject, credential?.subject)
  putSureness(to, ATTR.context, held)
}

function putIntent(to: StampTarget, held: Sourced<Intent> | undefined): void {
  if (held === undefined) return
  const { id, summary, hash, purpose, parentId } = held.value
  to.put(ATTR.intent.id, id)
  to.put(ATTR.intent.summary, summary)
  to.put(ATTR.intent.hash, hash)
  to.put(ATTR.intent.purpose, purpose)
  to.put(ATTR.intent.parentId, parentId)
  putSureness(to, ATTR.intent, held)
}

function putAuthority(to: StampTarget, authority: Authority | undefined): void {
  to.put(ATTR.authority.id, authority?.id)
  to.put(ATTR.authority.type, authority?.type)
  to.put(ATTR.authority.expiresAt, authority?.expiresAt)
  to.put(ATTR.authority.scopes, authority?.scopes)
}

function putDecision(to: StampTarget, held: Sourced<Decision> | undefined): void {
  if (held === undefined) return
  const { outcome, policy, approver, at } = held.value
  to.put(ATTR.decision.outcome, outcome)
  to.put(ATTR.decision.policyId, policy?.id)
  to.put(ATTR.decision.policyVersion, policy?.version)
  to.put(ATTR.decision.approverId, approver?.id)
  to.put(ATTR.decision.at, at)
  putSureness(to, ATTR.decision, held)
}

function putDeclaration(to: StampTarget, declaration: Declaration | undefined): void {
  to.put(ATTR.declaration.type, declaration?.type)
  to.put(ATTR.declaration.owner, declaration?.owner)
  to.put(ATTR.declaration.trigger, declaration?.trigger)
  to.put(ATTR.declaration.merges, declaration?.merges)
}

/** Those of others stay, and come first. */
function warn(to: StampTarget, { input }: ResolvedSpan, { findings }: Judgement): void {
  const ours = findings.map((code) => `${findingEntry(code).title} (${code})`)
  if (ours.length === 0) return
  const there = input.span.attributes[JAEGER_WARNINGS]
  const others = (Array.isArray(there) ? there : [there]).filter((text) => typeof text === 'string')
  to.put(JAEGER_WARNINGS, [...new Set([...others, ...ours])])
}

function fillStandard(to: StampTarget, { facets, input }: ResolvedSpan): void {
  const { attributes } = input.span
  const actor = facets.actor?.value
  const principal = facets.principal?.value
  const isUser = principal?.type === undefined || principal.type === 'human'
  const standard = {
    'user.id': isUser ? principal?.id : undefined,
    'gen_ai.agent.id': actor?.id,
    'gen_ai.agent.name': actor?.name ?? actor?.id,
    'gen_ai.agent.version': actor?.version,
  }
  for (const [key, value] of Object.entries(standard)) if (attributes[key] === undefined) to.put(key, value)
}
