import { UNREADABLE } from '../base/attribute-value.ts'
import type { AssuredFacet } from '../model/attribution.ts'
import type { FindingCode } from '../model/finding.ts'
import { isPlaceholder, isPlaceholderPrincipal } from '../identity/identity.ts'
import { isAtLeast } from '../policy/policy.ts'
import type { Policy, PolicyRule, Requirement, Subject } from '../policy/policy.ts'
import { actorLabel } from '../resolve/actor-chain.ts'
import type { Sourced } from '../resolve/lineage.ts'
import type { Facets } from '../resolve/resolve.ts'
import type { ResolvedSpan } from '../resolve/resolved-span.ts'
import { isGrant } from './grant.ts'
import { isInferredWhole } from './rule-input.ts'
import { isUnreadable } from './unreadable.ts'

/** What is asked of a span: by policy for every agent span, by `guard` for an effect that is about to happen. */
export interface Demand {
  readonly requirements: readonly Requirement[]
  /** The least assurance of each required facet. */
  readonly least: Policy['assurance']
}

/** An unmet requirement, and why it is unmet. */
export interface Unmet {
  readonly requirement: Requirement
  readonly why: 'missing' | 'placeholder' | 'unsure'
}

/** The requirements that a span doesn't meet, in the order of the demand. */
export function unmet(resolved: ResolvedSpan, { requirements, least }: Demand): readonly Unmet[] {
  const lacks: Unmet[] = []
  for (const requirement of requirements) {
    const why = REQUIREMENT[requirement](resolved) ?? unsure(requirement, resolved.facets, least)
    if (why !== undefined) lacks.push({ requirement, why })
  }
  return lacks
}

/** What policy asks of a span that these rules match. */
export function demandOf(resolved: ResolvedSpan, policy: Policy, rules: readonly PolicyRule[]): Demand {
  const subject: Subject = resolved.creation ? 'create_agent' : (resolved.kind ?? 'workflow')
  return rules.length === 0 ? asAlways(policy, subject) : withRules(policy, subject, rules)
}

/** The finding for a requirement that isn't met at all. Its entry says how to meet it. */
export const MISSING: Readonly<Record<Requirement, FindingCode>> = {
  principal: 'missing_principal',
  actor: 'missing_actor',
  context: 'missing_context',
  'context.credential': 'missing_credential',
  intent: 'missing_intent',
  authority: 'missing_authority',
  decision: 'missing_decision',
  'decision.approver': 'missing_approval',
  correlation: 'missing_correlation',
}

/** Without one of these the verdict is `unknown`. */
export const NAMED_BY_VERDICT: ReadonlySet<Requirement> = new Set(['principal', 'actor', 'context'])

/** Whether a facet is there but has less assurance than required. */
export function isUnsure(facet: AssuredFacet, facets: Facets, least: Policy['assurance']): boolean {
  const wanted = least[facet]
  const held = facets[facet]
  return wanted !== undefined && held !== undefined && !isAtLeast(held.assurance, wanted)
}

function asAlways(policy: Policy, subject: Subject): Demand {
  return { requirements: policy.required[subject], least: policy.assurance }
}

function withRules(policy: Policy, subject: Subject, rules: readonly PolicyRule[]): Demand {
  return {
    requirements: [...new Set([...policy.required[subject], ...rules.flatMap((rule) => rule.require)])],
    least: Object.assign({}, policy.assurance, ...rules.map((rule) => rule.assurance)) as Policy['assurance'],
  }
}

type Why = Unmet['why'] | undefined

const REQUIREMENT: Readonly<Record<Requirement, (resolved: ResolvedSpan) => Why>> = {
  principal: ({ facets: { principal } }) => {
    if (principal === undefined) return 'missing'
    return isPlaceholderPrincipal(principal.value.id) ? 'placeholder' : undefined
  },
  actor: ({ facets: { actor } }) => lackOfId(actor === undefined ? undefined : actorLabel(actor.value)),
  context: ({ facets: { context } }) =>
    context?.assurance === 'inferred' ? lackOfText(context.value.id) : lackOfId(context?.value.id),
  'context.credential': (resolved) => {
    const credential = resolved.facets.context?.value.credential
    if (credential?.type === 'none') return undefined
    return isInferredWhole(resolved) ? lackOfText(credential?.id) : lackOfId(credential?.id)
  },
  intent: ({ facets: { intent } }) => lackOfFacet(intent?.value),
  authority: ({ facets: { authority } }) =>
    isGrant(authority?.value) ? (lackOfFacet(authority?.value) ?? claimAlone(authority)) : 'missing',
  decision: ({ facets: { decision }, stated }) =>
    stated.isDecisionUnreadable ? 'placeholder' : (lackOfFacet(decision?.value) ?? claimAlone(decision)),
  // What was refused was done by nobody, so that nobody had to approve it.
  'decision.approver': ({ facets: { decision }, outcome }) => {
    if (outcome === 'denied') return undefined
    return isPlaceholder(decision?.value.approver?.id ?? '') ? 'missing' : claimAlone(decision)
  },
  correlation: ({ facets: { correlation } }) =>
    correlation?.value === UNREADABLE ? 'placeholder' : lackOfText(correlation?.value),
}

/** What a stranger claimed grants nothing. */
function claimAlone(held: Sourced<unknown> | undefined): Why {
  return held?.assurance === 'claimed' ? 'unsure' : undefined
}

function lackOfFacet(facet: object | undefined): Why {
  if (facet === undefined) return 'missing'
  return isUnreadable(facet) ? 'placeholder' : undefined
}

function lackOfText(text: string | undefined): Why {
  return text === undefined ? 'missing' : undefined
}

function lackOfId(id: string | undefined): Why {
  if (id === undefined) return 'missing'
  return isPlaceholder(id) ? 'placeholder' : undefined
}

function unsure(requirement: Requirement, facets: Facets, least: Policy['assurance']): Why {
  return isUnsure(requirement as AssuredFacet, facets, least) ? 'unsure' : undefined
}
