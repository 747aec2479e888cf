import { SOFTWARE_FORMS } from '../identity/identity.ts'
import { RULE_TERMS } from '../judge/rule-terms.ts'
import { MISSING } from '../judge/requirements.ts'
import type { Term } from '../judge/term.ts'
import { findingEntry } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { ATTR } from '../model/names.ts'
import { REQUIREMENTS, SUBJECTS } from '../policy/policy.ts'
import type { Requirement } from '../policy/policy.ts'
import { AGENT_USER_KEYS } from '../recognize/dialects/fact-keys.ts'
import { all, any, attribute, cache, isMatch, isWord } from './ottl.ts'
import { TRACE } from '../resolve/process-edge.ts'
import { lackFlag } from './requirement-statements.ts'
import { KIND } from './resolution.ts'
import type { Rulebook } from './rulebook.ts'
import { termText } from './term-text.ts'

/** Whether the Collector can ever raise a code under this policy. */
export function isRaised(code: FindingCode, book: Rulebook): boolean {
  return code === 'chain_loop' || conditionOf(code, book) !== undefined
}

export function conditionOf(code: FindingCode, book: Rulebook): string | undefined {
  const requirement = REQUIREMENTS.find((one) => MISSING[one] === code)
  const own = requirement === undefined ? ownCondition(code) : missingOf(requirement, book)
  const recorded = findingEntry(code).live === undefined ? [] : [isMatch(cache('recordedFindings'), `"${code}"`)]
  const ways = [...(own === undefined ? [] : [own]), ...recorded]
  return ways.length === 0 ? undefined : any(...ways)
}

function ownCondition(code: FindingCode): string | undefined {
  const term = TERMS[code]
  return term === undefined ? CONDITIONS[code] : termText(term)
}

/** Ancestors may have what a span below them lacks, and the Collector doesn't see them. */
function missingOf(requirement: Requirement, { options, policy }: Rulebook): string | undefined {
  const isEver =
    SUBJECTS.some((subject) => policy.required[subject].includes(requirement)) ||
    (options.rules ?? []).some(({ require }) => require?.includes(requirement) === true)
  if (!isEver) return undefined
  const lack = lackFlag(requirement)
  const isLacking =
    requirement === 'principal' ? `${lack} == "missing"` : any(`${lack} == "missing"`, `${lack} == "unsure"`)
  return all(`${cache('isSelfContained')} == true`, isLacking)
}

const PLACEHOLDERS_OF_FACETS = ['principalIsPlaceholder', 'actorIsPlaceholder', 'contextIsPlaceholder'] as const
const hasPrincipal = `${cache('principalKey')} != nil`
const hasActor = `${cache('actorKey')} != nil`
const type = cache('principalType')
const isAct = any(`${KIND} == "tool"`, `${KIND} == "effect"`)

const TERMS: Readonly<Partial<Record<FindingCode, Term>>> = RULE_TERMS

/** Conditions that no term covers. */
const CONDITIONS: Readonly<Partial<Record<FindingCode, string>>> = {
  conflicting_identity: any(
    all(hasPrincipal, `${cache('rivalKey')} != nil`, `${cache('principalBareKey')} != ${cache('rivalKey')}`),
    all(
      `${cache('statedPrincipal')} != nil`,
      hasPrincipal,
      `${cache('userKey')} != nil`,
      `${cache('principalBareKey')} != ${cache('userKey')}`,
    ),
    all(
      `${cache('statedActor')} != nil`,
      hasActor,
      `${cache('agentKey')} != nil`,
      `${cache('actorKey')} != ${cache('agentKey')}`,
    ),
  ),
  orphan_effect: all('IsRootSpan()', isAct, `${cache('correlation')} == nil`),
  placeholder_identity: any(
    ...PLACEHOLDERS_OF_FACETS.map((flag) => `${cache(flag)} == true`),
    all(
      `${cache('isCredentialUsable')} == true`,
      any(`${cache('credentialIdIsPlaceholder')} == true`, `${cache('credentialSubjectIsPlaceholder')} == true`),
    ),
  ),
  software_as_human: all(
    hasPrincipal,
    `${type} == "human"`,
    any(
      ...SOFTWARE_FORMS.flatMap((form) => [
        isMatch(cache('principalKey'), form),
        isMatch(cache('principalBareKey'), form),
      ]),
      ...AGENT_USER_KEYS.map((key) => `ToLowerCase(Trim(String(${attribute(key)}))) == ${cache('principalBareKey')}`),
    ),
  ),
  unverified_principal: any(
    all(
      `${cache('principal')} != nil`,
      isWord(attribute(ATTR.principal.assurance), ['claimed']),
      `not ${isWord(attribute(ATTR.principal.source), [TRACE])}`,
    ),
    `${lackFlag('principal')} == "unsure"`,
  ),
}
