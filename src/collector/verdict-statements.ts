import { NAMED_BY_VERDICT } from '../judge/requirements.ts'
import { OUTCOMES } from '../model/attribution.ts'
import { AUTHORITY, identifyingNames } from '../model/facet-fields.ts'
import { FINDING_CODES, findingEntry, isMergeable } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { ATTR } from '../model/names.ts'
import { REQUIREMENTS } from '../policy/policy.ts'
import { conditionOf } from './conditions.ts'
import { PLACEHOLDER } from './identity-statements.ts'
import { moment } from './moment.ts'
import {
  all,
  any,
  attribute,
  cache,
  isMatch,
  isVisible,
  isWord,
  literal,
  remove,
  replace,
  resource,
  set,
  SPACE,
  UNSEEN,
  when,
} from './ottl.ts'
import { lackFlag, ruleFlag } from './requirement-statements.ts'
import { KIND } from './resolution.ts'
import type { Rulebook } from './rulebook.ts'
import { REFUSED } from './scratch.ts'

const FINDINGS = attribute(ATTR.findings)
const ALLOWED = attribute(ATTR.allowed)
const VERDICT = attribute(ATTR.verdict)

/** How it ended, and when, for the rules that look at decisions and grants. */
export function acts(): readonly string[] {
  const outcome = attribute(ATTR.outcome)
  const isAct = any(`${KIND} == "tool"`, `${KIND} == "effect"`)
  const isGrantOwn = any(...identifyingNames(AUTHORITY).map((key) => `${attribute(key)} != nil`))
  return [
    set(cache('outcome'), `ToLowerCase(Trim(${outcome}))`, isWord(outcome, OUTCOMES)),
    set(cache('outcome'), '"failure"', `${cache('outcome')} == nil`, 'span.status.code == STATUS_CODE_ERROR'),
    set(cache('outcome'), '"denied"', `${cache('outcome')} == nil`, `${attribute(REFUSED)} == "true"`),
    set(cache('outcome'), '"success"', `${cache('outcome')} == nil`),
    ...moment('decidedAt', attribute(ATTR.decision.at), isAct, `${cache('decision')} != nil`),
    ...moment('expiresAt', attribute(ATTR.authority.expiresAt), isAct),
    ...moment('expiresAt', resource(ATTR.authority.expiresAt), isAct, `not ${isGrantOwn}`),
    ...chainEntries(),
  ]
}

/** The canonical entries of the chain, as a list. */
function chainEntries(): readonly string[] {
  const chain = cache('chainText')
  return [
    remove(chain, `[${UNSEEN}]+`),
    replace(chain, `"[${SPACE}]*(?:(?:mailto|acct):[${SPACE}]*)*`, '"'),
    replace(chain, `[${SPACE}]+"`, '"'),
    set(cache('chainEntries'), `ParseJSON(${chain})`, isMatch(chain, /^\[/u)),
  ]
}

/** Depths beyond this are not unrolled. */
const MAX_UNROLLED = 16

/**
 * An entry that stands twice makes a map of the entries smaller than their list. Placeholders name nobody, and no two of
 * them the same: each stands for its place.
 */
function chainLoop({ policy }: Rulebook): readonly string[] {
  const entries = cache('chainEntries')
  const depth = Math.min(policy.maxChainDepth, MAX_UNROLLED)
  const at = (index: number) => `${entries}[${index}]`
  return [
    ...Array.from({ length: depth }, (_, index) => {
      const isThere = `Len(${entries}) > ${index}`
      const isNobody = isMatch(at(index), PLACEHOLDER)
      return [
        set(`${cache('distinctEntries')}[${literal(` ${index}`)}]`, 'true', isThere, isNobody),
        set(`${cache('distinctEntries')}[${at(index)}]`, 'true', isThere, `not ${isNobody}`),
      ]
    }).flat(),
    when(
      raise('chain_loop'),
      `${entries} != nil`,
      any(`Len(${entries}) > ${policy.maxChainDepth}`, `Len(${cache('distinctEntries')}) < Len(${entries})`),
    ),
  ]
}

function raise(code: FindingCode): string {
  return `append(${cache('raisedFindings')}, ${literal(code)})`
}

/** The statements stand in the order of the codes, so that the list is sorted. */
export function raising(book: Rulebook): readonly string[] {
  return [
    set(cache('recordedFindings'), FINDINGS),
    set(cache('raisedFindings'), '[]'),
    ...FINDING_CODES.flatMap((code) => raisingOf(code, book)),
  ]
}

function raisingOf(code: FindingCode, book: Rulebook): readonly string[] {
  if (code === 'chain_loop') return chainLoop(book)
  const condition = conditionOf(code, book)
  return condition === undefined ? [] : [when(raise(code), condition)]
}

/** What a declaration or a rule allows does not stand. */
export function allowing({ options }: Rulebook): readonly string[] {
  const { type: declared, merges, assurance } = ATTR.declaration
  const allowed = cache('allowedFindings')
  const note = (codes: readonly string[], ...where: readonly string[]) =>
    set(allowed, `Concat([${allowed}, ${literal(codes.map((code) => `"${code}"`).join(' '))}], " ")`, ...where)
  const rules = (options.rules ?? []).flatMap(({ allow = [], autonomous }, index) => {
    const codes = [...allow, ...(autonomous === undefined ? [] : ['undeclared_autonomy'])]
    const isMet = `${ruleFlag(index)} == true`
    return [
      ...(codes.length === 0 ? [] : [note(codes, isMet)]),
      ...(autonomous === undefined ? [] : [set(cache('isAutonomous'), 'true', isMet)]),
    ]
  })
  const isSure = any(`not ${isVisible(attribute(assurance))}`, isWord(attribute(assurance), ['verified', 'asserted']))
  const merged = cache('declaredMerges')
  const declarations = [
    set(cache('isAutonomous'), 'true', isWord(attribute(declared), ['autonomous']), isSure),
    set(
      merged,
      `String(${attribute(merges)})`,
      isWord(attribute(declared), ['merge']),
      isVisible(attribute(merges)),
      isSure,
    ),
    set(allowed, '""', `${merged} != nil`),
  ]
  return [
    ...declarations,
    note(['undeclared_autonomy'], `${cache('isAutonomous')} == true`),
    ...rules,
    `delete_key(span.attributes, ${literal(ATTR.allowed)})`,
    set(FINDINGS, '[]'),
    set(FINDINGS, cache('raisedFindings'), `${allowed} == nil`),
    ...FINDING_CODES.flatMap((code) => {
      const isRaised = [`${allowed} != nil`, `ContainsValue(${cache('raisedFindings')}, ${literal(code)})`]
      const names = `(?:^|")\\s*${code}\\s*(?:"|$)`
      const isAllowed = isMergeable(code)
        ? any(isMatch(allowed, names), isMatch(merged, names))
        : isMatch(allowed, names)
      return [
        when(`append(${FINDINGS}, ${literal(code)})`, ...isRaised, `not ${isAllowed}`),
        when(`append(${ALLOWED}, ${literal(code)})`, ...isRaised, isAllowed),
      ]
    }),
  ]
}

export function verdict(): readonly string[] {
  const complete = attribute(ATTR.complete)
  const forcing = (word: string) => FINDING_CODES.filter((code) => findingEntry(code).verdict === word)
  const stands = (codes: readonly string[]) => isMatch(FINDINGS, `"(?:${codes.join('|')})"`)
  const lacks = REQUIREMENTS.map(lackFlag)
  const isNobody = [...NAMED_BY_VERDICT].map((requirement) => {
    const lack = lackFlag(requirement)
    return requirement === 'principal' ? any(`${lack} == "missing"`, `${lack} == "void"`) : `${lack} != nil`
  })
  const isOpen = `${VERDICT} == nil`
  const isUntold = all(`${cache('isSelfContained')} == nil`, any(...lacks.map((lack) => `${lack} == "missing"`)))
  const isDeclared = any(`${cache('isAutonomous')} == true`, `Len(${cache('raisedFindings')}) > Len(${FINDINGS})`)
  return [
    set(complete, 'true'),
    set(complete, 'false', any(...lacks.map((lack) => `${lack} != nil`))),
    when(`delete_key(span.attributes, ${literal(ATTR.complete)})`, isUntold),
    set(VERDICT, '"collapsed"', stands(forcing('collapsed'))),
    set(VERDICT, '"unknown"', isOpen, any(...isNobody, stands(forcing('unknown')))),
    set(VERDICT, '"declared"', isOpen, isDeclared),
    set(VERDICT, '"separated"', isOpen),
  ]
}
