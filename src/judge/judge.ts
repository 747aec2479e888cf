import type { AssuredFacet, Declaration, Outcome, Verdict } from '../model/attribution.ts'
import { findingEntry } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { actorLabel } from '../resolve/actor-chain.ts'
import { CHECKS } from './checks.ts'
import { isInferredWhole, ruleInput } from './rule-input.ts'
import type { RuleInput } from './rule-input.ts'
import { isPlaceholder, isPlaceholderPrincipal } from '../identity/identity.ts'
import { isAtLeast } from '../policy/policy.ts'
import type { Policy, PolicyRule, Requirement, Subject } from '../policy/policy.ts'
import { toolNameAround } from '../resolve/resolved-span.ts'
import type { Facets } from '../resolve/resolve.ts'
import type { ResolvedSpan } from '../resolve/resolved-span.ts'
import { createCredentialLedger } from './credential-ledger.ts'
import { isGrant } from './grant.ts'

export interface Judgement {
  /** Sorted; what a declaration or policy allows is not among them. */
  readonly findings: readonly FindingCode[]
  /** What a declaration or policy allowed, sorted. */
  readonly allowed: readonly FindingCode[]
  readonly verdict: Verdict
  /** Whether everything is there that policy requires of this kind. */
  readonly complete: boolean
  /** The requirements that are not met. */
  readonly missing: readonly Requirement[]
  readonly outcome: Outcome
  readonly sameAction: boolean
}

/** Judges one resolved span. `live` are the findings that only the running process could make. */
export type Judge = (resolved: ResolvedSpan, live?: readonly FindingCode[]) => Judgement

/** A judge remembers, over a bounded number of credentials, whom each was first used for; nothing else. */
export function createJudge(policy: Policy): Judge {
  const ledger = createCredentialLedger()
  return (resolved, live = []) => {
    const given = ruleInput(resolved, policy, ledger)
    const rules = rulesFor(resolved, policy)
    const lacks = unmetOf(resolved, policy, rules)
    const raised = raise(given, lacks, live)
    const declarations = declarationsOf(resolved.facets, rules)
    const allowed = raised.length === 0 ? raised : raised.filter((code) => isAllowed(code, declarations, rules))
    const findings = allowed.length === 0 ? raised : raised.filter((code) => !allowed.includes(code))
    const isDeclared = allowed.length > 0 || declarations.some(({ type }) => type === 'autonomous')
    return {
      findings,
      allowed,
      verdict: verdictOf(findings, lacks, isDeclared),
      complete: lacks.length === 0,
      missing: lacks.map(({ requirement }) => requirement),
      outcome: resolved.outcome,
      sameAction: resolved.sameAction,
    }
  }
}

/** A requirement that is not met, and why. */
interface Unmet {
  readonly requirement: Requirement
  readonly why: 'missing' | 'placeholder' | 'unsure'
}

function unmetOf(resolved: ResolvedSpan, policy: Policy, rules: readonly PolicyRule[]): readonly Unmet[] {
  const subject: Subject = resolved.creation ? 'create_agent' : (resolved.kind ?? 'workflow')
  const { requirements, least } = rules.length === 0 ? asAlways(policy, subject) : withRules(policy, subject, rules)
  const lacks: Unmet[] = []
  for (const requirement of requirements) {
    const why = REQUIREMENT[requirement](resolved) ?? unsure(requirement, resolved.facets, least)
    if (why !== undefined) lacks.push({ requirement, why })
  }
  return lacks
}

interface Demand {
  readonly requirements: readonly Requirement[]
  readonly least: Policy['assurance']
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
  intent: ({ facets: { intent } }) => (intent === undefined ? 'missing' : undefined),
  authority: ({ facets: { authority } }) => (isGrant(authority) ? undefined : 'missing'),
  decision: ({ facets: { decision } }) => (decision === undefined ? 'missing' : undefined),
  correlation: ({ facets: { correlationId } }) => lackOfText(correlationId),
}

function lackOfText(text: string | undefined): Why {
  return text === undefined ? 'missing' : undefined
}

function lackOfId(id: string | undefined): Why {
  if (id === undefined) return 'missing'
  return isPlaceholder(id) ? 'placeholder' : undefined
}

function unsure(requirement: Requirement, resolved: Facets, least: Policy['assurance']): Why {
  const facet = requirement as AssuredFacet
  const wanted = least[facet]
  const held = resolved[facet]
  return wanted === undefined || held === undefined || isAtLeast(held.assurance, wanted) ? undefined : 'unsure'
}

export const MISSING: Readonly<Record<Requirement, FindingCode>> = {
  principal: 'missing_principal',
  actor: 'missing_actor',
  context: 'missing_context',
  'context.credential': 'missing_credential',
  intent: 'missing_intent',
  authority: 'missing_authority',
  decision: 'missing_decision',
  correlation: 'missing_correlation',
}

/** A placeholder has a finding of its own, and a principal that is not sure enough is `unverified_principal`. */
function raise(given: RuleInput, lacks: readonly Unmet[], live: readonly FindingCode[]): readonly FindingCode[] {
  const raised = [...live]
  for (const code of given.resolved.stated.findings) if (findingEntry(code).live !== undefined) raised.push(code)
  for (const { requirement, why } of lacks) {
    if (why === 'unsure' && requirement === 'principal') raised.push('unverified_principal')
    else if (why !== 'placeholder') raised.push(MISSING[requirement])
  }
  for (const { code, when } of CHECKS) if (when(given)) raised.push(code)
  return raised.length < 2 ? raised : [...new Set(raised)].toSorted()
}

function rulesFor(resolved: ResolvedSpan, { rules }: Policy): readonly PolicyRule[] {
  if (rules.length === 0) return rules
  const names = namesOf(resolved)
  return rules.filter((rule) => rule.matches(names))
}

function declarationsOf({ declaration }: Facets, rules: readonly PolicyRule[]): readonly Declaration[] {
  if (declaration === undefined && rules.length === 0) return UNDECLARED
  const stated = declaration === undefined ? [] : [declaration]
  return [...stated, ...rules.flatMap(({ autonomous }) => (autonomous === undefined ? [] : [autonomous]))]
}

const UNDECLARED: readonly Declaration[] = []

function isAllowed(code: FindingCode, declarations: readonly Declaration[], rules: readonly PolicyRule[]): boolean {
  if (rules.some(({ allow }) => allow.includes(code))) return true
  return declarations.some(({ type, merges }) =>
    type === 'autonomous' ? code === 'undeclared_autonomy' : merges?.includes(code) === true,
  )
}

export const NAMED_BY_VERDICT: ReadonlySet<Requirement> = new Set(['principal', 'actor', 'context'])

function verdictOf(findings: readonly FindingCode[], lacks: readonly Unmet[], isDeclared: boolean): Verdict {
  if (findings.length === 0 && lacks.length === 0) return isDeclared ? 'declared' : 'separated'
  const forces = (verdict: Verdict) => findings.some((code) => findingEntry(code).verdict === verdict)
  if (forces('collapsed')) return 'collapsed'
  const isNobody = lacks.some(
    ({ requirement, why }) => NAMED_BY_VERDICT.has(requirement) && (why !== 'unsure' || requirement !== 'principal'),
  )
  if (isNobody || forces('unknown')) return 'unknown'
  return isDeclared ? 'declared' : 'separated'
}

/** What a rule's patterns are held against: an agent goes by its id and by its name. */
function namesOf(resolved: ResolvedSpan): { tool: string | undefined; agents: readonly string[] } {
  const { id, name } = resolved.facets.actor?.value ?? {}
  return { tool: toolNameAround(resolved), agents: [id, name].filter((agent) => agent !== undefined) }
}
