import type { Declaration, Outcome, Verdict } from '../model/attribution.ts'
import { findingEntry, isMergeable } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { CHECKS } from './checks.ts'
import { ruleInput } from './rule-input.ts'
import type { RuleInput } from './rule-input.ts'
import type { Policy, PolicyRule, Requirement } from '../policy/policy.ts'
import { toolNameAround } from '../resolve/resolved-span.ts'
import type { Facets } from '../resolve/resolve.ts'
import type { ResolvedSpan } from '../resolve/resolved-span.ts'
import { createCredentialLedger } from './credential-ledger.ts'
import { demandOf, MISSING, NAMED_BY_VERDICT, unmet } from './requirements.ts'
import type { Unmet } from './requirements.ts'
import { unreadableFacets } from './unreadable.ts'

export interface Judgement {
  /** Sorted, without those that a declaration or policy allows. */
  readonly findings: readonly FindingCode[]
  /** The ones that a declaration or policy allowed, sorted. */
  readonly allowed: readonly FindingCode[]
  readonly verdict: Verdict
  /** Whether everything that policy requires of this kind is there. */
  readonly complete: boolean
  /** The requirements that are not met. */
  readonly missing: readonly Requirement[]
  readonly outcome: Outcome
  readonly sameAction: boolean
}

/** Judges one resolved span. `live` are the findings that only the running process, or only the whole trace, shows. */
export type Judge = (resolved: ResolvedSpan, live?: readonly FindingCode[]) => Judgement

/** A judge only remembers who first used each credential, up to a limit. */
export function createJudge(policy: Policy): Judge {
  const ledger = createCredentialLedger()
  return (resolved, live = []) => {
    const rules = rulesFor(resolved, policy)
    const given = ruleInput(resolved, policy, rules, ledger)
    const unreadable = unreadableFacets(resolved)
    const lacks = withUnreadable(unmet(resolved, demandOf(resolved, policy, rules)), unreadable)
    const raised = raise(given, lacks, unreadable.length === 0 ? live : [...live, 'placeholder_identity'])
    const declarations = declarationsOf(resolved.facets, rules)
    const allowed = raised.length === 0 ? raised : raised.filter((code) => isAllowed(code, declarations, rules))
    const findings = allowed.length === 0 ? raised : raised.filter((code) => !allowed.includes(code))
    const isDeclared = allowed.length > 0 || declarations.some(({ type }) => type === 'autonomous')
    return {
      findings,
      allowed,
      verdict: verdictOf(findings, lacks, isDeclared),
      complete: lacks.length === 0 && resolved.lineage.origin !== 'unreadable',
      missing: lacks.map(({ requirement }) => requirement),
      outcome: resolved.outcome,
      sameAction: resolved.sameAction,
    }
  }
}

/** What is there and can't be read isn't met, whether or not policy requires it. */
function withUnreadable(lacks: readonly Unmet[], unreadable: readonly Requirement[]): readonly Unmet[] {
  const more = unreadable.filter((facet) => !lacks.some(({ requirement }) => requirement === facet))
  return more.length === 0
    ? lacks
    : [...lacks, ...more.map((facet) => ({ requirement: facet, why: 'placeholder' as const }))]
}

/** A placeholder has its own finding, and a principal without enough assurance is `unverified_principal`. */
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
  const stated = declaration === undefined ? [] : [declaration.value]
  return [...stated, ...rules.flatMap(({ autonomous }) => (autonomous === undefined ? [] : [autonomous]))]
}

const UNDECLARED: readonly Declaration[] = []

function isAllowed(code: FindingCode, declarations: readonly Declaration[], rules: readonly PolicyRule[]): boolean {
  if (rules.some(({ allow }) => allow.includes(code))) return true
  return declarations.some(({ type, merges }) =>
    type === 'autonomous' ? code === 'undeclared_autonomy' : isMergeable(code) && merges?.includes(code) === true,
  )
}

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

/** The names that a rule's patterns are matched with: for an agent, its id and its name. */
function namesOf(resolved: ResolvedSpan): { tool: string | undefined; agents: readonly string[] } {
  const { id, name } = resolved.facets.actor?.value ?? {}
  return { tool: toolNameAround(resolved), agents: [id, name].filter((agent) => agent !== undefined) }
}
