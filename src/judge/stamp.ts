import type { Assurance } from '../model/attribution.ts'
import {
  ACTOR,
  AUTHORITY,
  CONTEXT,
  DECISION,
  DECLARATION,
  FACET_FIELDS,
  INTENT,
  namesOf,
  PRINCIPAL,
} from '../model/facet-fields.ts'
import type { FacetField, FacetFields } from '../model/facet-fields.ts'
import { findingEntry } from '../model/finding.ts'
import type { Attributes } from '../model/span.ts'
import { withoutSecrets } from '../base/secret.ts'
import { ATTR, JAEGER_WARNINGS, setAttribute } from '../model/names.ts'
import type { SurenessNames } from '../model/names.ts'
import { fitted } from './fitted.ts'
import type { StampValue } from './fitted.ts'
import type { BoundAct, Sourced } from '../resolve/lineage.ts'
import type { Judgement } from './judge.ts'
import type { Facets } from '../resolve/resolve.ts'
import type { Stated } from '../resolve/stated.ts'
import type { ResolvedSpan } from '../resolve/resolved-span.ts'

/** Where to put a stamp: a span, or anything else. */
export interface StampTarget {
  /** Sets one attribute. Undefined means no value. */
  put(key: string, value: StampValue | undefined): unknown
  /** Removes one attribute, or leaves it blank, which says nothing. */
  drop(key: string): unknown
  /** The present value. */
  at(key: string): unknown
}

export interface StampOptions {
  /** The value of `attribution.judge`. */
  readonly judgeName: string
  /** Also write `attribution.finding.<code>`, for stores that can't search inside an array. */
  readonly findingAttributes: boolean
  /** Also write a warning for each finding where Jaeger looks for warnings. */
  readonly findingWarnings: boolean
  /** Also write `user.id` and `gen_ai.agent.*` where they are empty. */
  readonly fillStandard: boolean
}

/** Puts the facets of a resolved span, which are known before it ends. */
export function putFacets(to: StampTarget, { facets, stated }: ResolvedSpan): void {
  if (stated.claims) dropOutdone(to, facets, stated)
  putHeld(to, PRINCIPAL, ATTR.principal, facets.principal)
  putActor(to, facets)
  putHeld(to, CONTEXT, ATTR.context, facets.context)
  putHeld(to, INTENT, ATTR.intent, facets.intent)
  putHeld(to, AUTHORITY, ATTR.authority, facets.authority)
  putHeld(to, DECISION, ATTR.decision, facets.decision)
  if (facets.act !== undefined) putAct(to, facets.act, facets.decision)
  putHeld(to, DECLARATION, ATTR.declaration, facets.declaration)
  putCorrelation(to, facets)
}

/** Puts what is known of a judged span at its end. The judge comes last: if it is there, so is the rest. */
export function putVerdict(to: StampTarget, resolved: ResolvedSpan, judgement: Judgement, options: StampOptions): void {
  to.put(ATTR.span.kind, resolved.kind)
  to.put(ATTR.span.dialect, resolved.dialect)
  to.put(ATTR.outcome, judgement.outcome)
  hideSecret(to, ATTR.resourceId)
  putJudgement(to, judgement, options)
  if (options.fillStandard) fillStandard(to, resolved)
  to.put(ATTR.judge, options.judgeName)
}

/** Puts what a judge says of a span. */
export function putJudgement(to: StampTarget, judgement: Judgement, options: StampOptions): void {
  to.put(ATTR.verdict, judgement.verdict)
  to.put(ATTR.complete, judgement.complete)
  to.put(ATTR.findings, judgement.findings)
  if (judgement.allowed.length > 0) to.put(ATTR.allowed, judgement.allowed)
  if (options.findingAttributes) {
    for (const code of judgement.findings) to.put(ATTR.findingPrefix + code, 'true')
  }
  if (options.findingWarnings) warn(to, judgement)
}

/** Everything that a judged span says at its end, in addition to `there`, with no value longer than `limit`. */
export function stamp(
  there: Attributes,
  resolved: ResolvedSpan,
  judgement: Judgement,
  options: StampOptions,
  limit?: number,
): Record<string, StampValue> {
  return collected(
    (to) => {
      putFacets(to, resolved)
      putVerdict(to, resolved, judgement, options)
    },
    there,
    limit,
  )
}

/** Only the facets of a resolved span. */
export function facetsOf(resolved: ResolvedSpan): Record<string, StampValue> {
  return collected((to) => putFacets(to, resolved), {})
}

/** `onbehalf/<version> <policy digest>`. */
export function judgeName(version: string, policyDigest: string): string {
  return `onbehalf/${version} ${policyDigest}`
}

function collected(fill: (to: StampTarget) => void, there: Attributes, limit?: number): Record<string, StampValue> {
  const attributes: Record<string, StampValue> = {}
  fill({
    put(key, value) {
      const fit = value === undefined ? undefined : fitted(key, value, limit)
      if (fit !== undefined) setAttribute(attributes, key, fit)
    },
    drop(key) {
      if (there[key] !== undefined) attributes[key] = ''
    },
    at: (key) => there[key],
  })
  return attributes
}

/**
 * What a stranger claimed on the span gives way to a surer word. The rest of the claim goes with it: nobody could tell
 * the two apart.
 */
function dropOutdone(to: StampTarget, facets: Facets, stated: Stated): void {
  for (const { facet, names } of CLAIMABLE) {
    const claim = stated[facet]
    if (claim?.assurance !== 'claimed' || facets[facet]?.value === claim.value) continue
    for (const name of names) to.drop(name)
  }
}

const CLAIMABLE = FACET_FIELDS.map((of) => {
  const { facet } = of
  const { assurance, source } = ATTR[facet]
  return { facet, names: [...namesOf(of), assurance, source, ...(facet === 'actor' ? [ATTR.actor.chain] : [])] }
})

function putHeld<F extends object>(
  to: StampTarget,
  of: FacetFields<F>,
  names: SurenessNames,
  held: Sourced<F> | undefined,
): void {
  if (held === undefined) return
  putFields(to, of.fields, held.value)
  putSureness(to, names, held)
}

function putActor(to: StampTarget, { actor, actorChain }: Facets): void {
  if (actor === undefined) return
  const { id, name } = actor.value
  if (id === undefined) to.put(ATTR.actor.id, name)
  putFields(to, ACTOR.fields, actor.value)
  if (actorChain.length > 0) to.put(ATTR.actor.chain, actorChain)
  putSureness(to, ATTR.actor, actor)
}

/** An act that policy wasn't evaluated for has no decision, and says why. */
function putAct(to: StampTarget, { binding, wouldDeny, undecided }: BoundAct, decision: Facets['decision']): void {
  to.put(ATTR.action.binding, binding)
  if (wouldDeny === true) to.put(ATTR.wouldDeny, true)
  if (decision === undefined) putFields(to, DECISION.fields, undecided)
}

function putCorrelation(to: StampTarget, { correlation }: Facets): void {
  if (correlation === undefined) return
  to.put(ATTR.correlation.id, correlation.value)
  putSureness(to, ATTR.correlation, correlation)
}

function putSureness(to: StampTarget, names: SurenessNames, held: Sourced<unknown>): void {
  to.put(names.assurance, held.assurance satisfies Assurance)
  to.put(names.source, held.source)
}

function putFields(to: StampTarget, fields: readonly FacetField[], facet: object | undefined): void {
  if (facet === undefined) return
  for (const { key, name, parts } of fields) {
    const value = (facet as Readonly<Record<string, StampValue | object | undefined>>)[key]
    if (value === undefined) continue
    if (parts === undefined) to.put(name, value as StampValue)
    else putFields(to, parts, value as object)
  }
}

/** Warnings from others stay, and come first. */
function warn(to: StampTarget, { findings }: Judgement): void {
  const ours = findings.map((code) => `${findingEntry(code).title} (${code})`)
  if (ours.length === 0) return
  const there = to.at(JAEGER_WARNINGS)
  const others = (Array.isArray(there) ? there : [there]).filter((text) => typeof text === 'string')
  to.put(JAEGER_WARNINGS, [...new Set([...others, ...ours])])
}

/** Of an attribute that only the app writes, so that no stamp replaces it. */
function hideSecret(to: StampTarget, key: string): void {
  const there = to.at(key)
  const clean = typeof there === 'string' ? withoutSecrets(there) : there
  if (clean !== there) to.put(key, clean as string)
}

function fillStandard(to: StampTarget, { facets }: ResolvedSpan): void {
  const actor = facets.actor?.value
  const principal = facets.principal?.value
  const isUser = principal?.type === undefined || principal.type === 'human'
  const standard = {
    'user.id': isUser ? principal?.id : undefined,
    'gen_ai.agent.id': actor?.id,
    'gen_ai.agent.name': actor?.name ?? actor?.id,
    'gen_ai.agent.version': actor?.version,
  }
  for (const [key, value] of Object.entries(standard)) if (to.at(key) === undefined) to.put(key, value)
}
