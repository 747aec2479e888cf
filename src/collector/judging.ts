import { ASSURANCES, ASSURED_FACETS, AUTHORITY_TYPES, OUTCOMES } from '../model/attribution.ts'
import type { AssuredFacet } from '../model/attribution.ts'
import { FINDING_CODES, findingEntry } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { ATTR } from '../model/names.ts'
import { AGENT_ID_KEYS, AGENT_USER_KEYS } from '../recognize/dialects/fact-keys.ts'
import { canonicalId, PLACEHOLDERS, SOFTWARE_FORMS, UNEXPANDED, ZERO_UUID } from '../identity/identity.ts'
import { MISSING, NAMED_BY_VERDICT } from '../judge/judge.ts'
import { REQUIREMENTS, SUBJECTS } from '../policy/policy.ts'
import type { Policy, PolicyOptions, PolicyRuleOptions, Requirement } from '../policy/policy.ts'
import {
  all,
  any,
  attribute,
  cache,
  escaped,
  isMatch,
  isOneOf,
  isVisible,
  isWord,
  literal,
  remove,
  replace,
  resource,
  set,
  SPACE,
  when,
} from './ottl.ts'
import type { Group } from './ottl.ts'
import { isDated, moment } from './moment.ts'
import { IS_OPEN, KIND, resolution } from './resolution.ts'
import { DIALECT, MEANING, REFUSED, STAND_IN, USER } from './scratch.ts'

/** What the rules are drawn from: what the policy says, and the same with every default settled. */
export interface Rulebook {
  readonly options: PolicyOptions
  readonly policy: Policy
  readonly judgeName: string
}

const FINDINGS = attribute(ATTR.findings)
const VERDICT = attribute(ATTR.verdict)
const SUBJECT = cache('subject')

/** Resolves and judges every recognized span that nobody has judged. */
export function judgingGroup(book: Rulebook): Group {
  return {
    context: 'span',
    conditions: [IS_OPEN],
    statements: [
      ...resolution(),
      ...identities(book),
      ...ruleMatches(book),
      ...needs(book),
      ...acts(),
      ...raising(book),
      ...allowing(book),
      ...verdict(),
      set(attribute(ATTR.judge), literal(book.judgeName)),
      ...[MEANING, DIALECT, USER, STAND_IN, REFUSED].map((key) => `delete_key(span.attributes, ${literal(key)})`),
    ],
  }
}

/** The canonical form of a value, without what `identity.ts` does by Unicode normalization. */
function canonical(name: string, value: string, ...where: readonly string[]): readonly string[] {
  const gap = `[${SPACE}\\p{Cf}]*`
  const noise = `^${gap}(?:(?:mailto|acct):${gap})*|${gap}$|\\p{Cf}+`
  return [set(cache(name), `ToLowerCase(String(${value}))`, isVisible(value), ...where), remove(cache(name), noise)]
}

/** The ids as the rules compare them: `p`, `bare`, `a`, `c`, `s`. Placeholders are noted and leave the cache. */
function identities(book: Rulebook): readonly string[] {
  const isStatedContext = `not ${isWord(attribute(ATTR.context.assurance), ['inferred'])}`
  const isUsable = `${cache('usable')} == true`
  return [
    ...canonical('p', cache('principal')),
    set(cache('bare'), cache('p')),
    ...withoutUser(2),
    ...canonical('a', cache('actor')),
    ...canonical('c', cache('context'), isStatedContext),
    ...canonical('s', attribute(ATTR.context.credentialSubject), isUsable),
    ...canonical('k', attribute(ATTR.context.credentialId)),
    ...canonical('u', cache('user'), `${cache('stated.principal')} != nil`),
    ...canonical('approver', attribute(ATTR.decision.approverId)),
    ...canonical('principal.issuer', cache('principal.issuer')),
    ...canonical('actor.issuer', cache('actor.issuer')),
    ...canonical(
      'agent',
      cache('agent.id'),
      `${cache('stated.actor')} != nil`,
      any(...AGENT_ID_KEYS.map((key) => isVisible(attribute(key)))),
    ),
    remove(cache('u'), `^(?:user:[${SPACE}]*(?:(?:mailto|acct):[${SPACE}]*)*){1,2}`),
    ...voids(),
    ...aliases(book),
  ]
}

/** `user:` means nothing on a principal. */
function withoutUser(times: number): readonly string[] {
  return [remove(cache('bare'), `^(?:user:[${SPACE}]*(?:(?:mailto|acct):[${SPACE}]*)*){1,${times}}`)]
}

const PLACEHOLDER = [
  `^(?:${[...PLACEHOLDERS].map(escaped).join('|')})?$`,
  '^unknown_service',
  ZERO_UUID.source,
  UNEXPANDED.source,
].join('|')

function voids(): readonly string[] {
  const isVoid = (name: string) => isMatch(cache(name), PLACEHOLDER)
  const forget = (name: string, ...where: readonly string[]) =>
    when(`delete_key(span.cache, ${literal(name)})`, ...where)
  const each = ['a', 'c', 's', 'k'].flatMap((name) => [
    set(cache(`${name}.void`), 'true', isVoid(name)),
    forget(name, `${cache(`${name}.void`)} == true`),
  ])
  return [
    set(cache('p.void'), 'true', isVoid('bare')),
    forget('bare', `${cache('p.void')} == true`),
    forget('p', `${cache('p.void')} == true`),
    ...each,
    forget('u', isVoid('u')),
    forget('agent', isVoid('agent')),
    forget('approver', isVoid('approver')),
  ]
}

/** A map of aliases is spelled out; a function cannot be. */
function aliases({ options, policy }: Rulebook): readonly string[] {
  if (options.aliases === undefined || typeof options.aliases === 'function') return []
  const names = [...new Set(Object.keys(options.aliases).map(canonicalId))]
  const pairs = names.map((name) => [name, policy.alias(name)] as const).filter(([name, id]) => name !== id)
  const settle = (slot: string) => {
    const was = cache('was')
    return [
      set(was, cache(slot), `${cache(slot)} != nil`),
      ...pairs.map(([name, id]) =>
        set(cache(slot), literal(id), `${cache(slot)} != nil`, `${was} == ${literal(name)}`),
      ),
    ]
  }
  return [
    set(cache('as_stated'), cache('p')),
    ...['p', 'bare', 'a', 'c', 's', 'u', 'approver', 'agent'].flatMap(settle),
    ...withoutUser(1),
  ]
}

const isSameIssuer = any(
  `${cache('principal.issuer')} == nil`,
  `${cache('actor.issuer')} == nil`,
  `${cache('principal.issuer')} == ${cache('actor.issuer')}`,
)

/** Which rules of the policy are for this span: by the tool it runs, and by the id or name of its actor. */
function ruleMatches({ options }: Rulebook): readonly string[] {
  const rules = options.rules ?? []
  const names =
    rules.length === 0 ? [] : ['tool', 'actor', 'actor.name'].flatMap((name) => canonical(`as.${name}`, cache(name)))
  return [...names, ...rules.map((rule, index) => set(ruleFlag(index), 'true', ...ruleConditions(rule)))]
}

function ruleFlag(index: number): string {
  return cache(`rule.${index + 1}`)
}

function ruleConditions({ tool, agent }: PolicyRuleOptions): readonly string[] {
  const fits = (name: string, text: string) =>
    isMatch(cache(`as.${name}`), `(?s)^${canonicalId(text).split('*').map(escaped).join('.*')}$`)
  return [
    ...(tool === undefined ? [] : [fits('tool', tool)]),
    ...(agent === undefined ? [] : [any(fits('actor', agent), fits('actor.name', agent))]),
  ]
}

/** What policy requires of this span, and what of that it lacks: `lack.x` is `missing`, `void` or `unsure`. */
function needs(book: Rulebook): readonly string[] {
  const { options, policy } = book
  const statements = REQUIREMENTS.flatMap((requirement) => {
    const subjects = SUBJECTS.filter((subject) => policy.required[subject].includes(requirement))
    const rules = (options.rules ?? []).flatMap((rule, index) =>
      rule.require?.includes(requirement) === true ? [`${ruleFlag(index)} == true`] : [],
    )
    const bySubject = subjects.length === 0 ? [] : [isOneOf(SUBJECT, subjects)]
    if (bySubject.length + rules.length === 0) return []
    const need = `${needOf(requirement)} == true`
    return [
      set(needOf(requirement), 'true', any(...bySubject, ...rules)),
      ...lackOf(requirement).map(([lack, condition]) => set(lackFlag(requirement), literal(lack), need, condition)),
      ...unsure(requirement, book, need),
    ]
  })
  return [
    set(SUBJECT, KIND),
    set(SUBJECT, '"create_agent"', `${KIND} == "agent"`, `${attribute(MEANING)} == "creation"`),
    ...authority(),
    ...statements,
  ]
}

function needOf(requirement: Requirement): string {
  return cache(`need.${requirement}`)
}

function lackFlag(requirement: Requirement): string {
  return cache(`lack.${requirement}`)
}

type LackRow = readonly [lack: 'missing' | 'void', condition: string]

function lackOf(requirement: Requirement): readonly LackRow[] {
  const missing = (name: string): LackRow => ['missing', `${cache(name)} == nil`]
  const isVoid = (name: string): LackRow => ['void', `${cache(`${name}.void`)} == true`]
  const rows: Readonly<Record<Requirement, readonly LackRow[]>> = {
    principal: [missing('principal'), isVoid('p')],
    actor: [missing('actor'), isVoid('a')],
    context: [missing('context'), isVoid('c')],
    'context.credential': credentialLack(),
    intent: [missing('intent')],
    authority: [missing('authority')],
    decision: [missing('decision')],
    correlation: [missing('correlation')],
  }
  return rows[requirement]
}

/** A credential that only the resource states is a name: it is there, and no rule compares it. */
function credentialLack(): readonly LackRow[] {
  const { credentialId, credentialType } = ATTR.context
  const isElsewhere = all(`${cache('has_credential')} == nil`, any(`${KIND} == "tool"`, `${KIND} == "effect"`))
  const elsewhere = any(isVisible(resource(credentialId)), isWord(resource(credentialType), ['none']))
  const isNone = `${cache('credential.type')} == "none"`
  return [
    ['missing', `not (${any(isVisible(attribute(credentialId)), isNone, all(isElsewhere, elsewhere))})`],
    ['void', all(`${cache('k.void')} == true`, `${cache('usable')} == true`, `not (${isNone})`)],
  ]
}

function authority(): readonly string[] {
  const { authority } = ATTR
  const grants = [attribute, resource].flatMap((of) => [
    isVisible(of(authority.id)),
    isWord(of(authority.type), AUTHORITY_TYPES),
    isVisible(of(authority.expiresAt)),
    isMatch(of(authority.scopes), '[^\\[\\]\\s"]'),
  ])
  return [
    set(cache('authority'), 'true', any(...grants)),
    set(
      cache('correlation'),
      'true',
      any(isVisible(attribute(ATTR.correlationId)), isVisible(resource(ATTR.correlationId))),
    ),
    set(attribute(ATTR.correlationId), resource(ATTR.correlationId), `not ${isVisible(attribute(ATTR.correlationId))}`),
  ]
}

/** There, but less sure than policy asks for. A rule's own demand replaces the policy's, and a later rule's an earlier's. */
function unsure(requirement: Requirement, { options, policy }: Rulebook, need: string): readonly string[] {
  const facet = ASSURED_FACETS.find((assured) => assured === requirement)
  if (facet === undefined) return []
  const flag = cache(`unsure.${facet}`)
  const rules = (options.rules ?? []).flatMap(({ assurance }, index) =>
    assurance?.[facet] === undefined ? [] : [{ least: assurance[facet], flag: `${ruleFlag(index)} == true` }],
  )
  const base = policy.assurance[facet]
  if (base === undefined && rules.length === 0) return []
  return [
    ...(base === undefined ? [] : [set(flag, 'true', isBelow(facet, base))]),
    ...rules.flatMap(({ least, flag: rule }) => [
      set(flag, 'false', rule),
      set(flag, 'true', rule, isBelow(facet, least)),
    ]),
    set(
      lackFlag(requirement),
      '"unsure"',
      need,
      `${cache(facet)} != nil`,
      `${lackFlag(requirement)} == nil`,
      `${flag} == true`,
    ),
  ]
}

function isBelow(facet: AssuredFacet, least: (typeof ASSURANCES)[number]): string {
  const enough = ASSURANCES.slice(0, ASSURANCES.indexOf(least) + 1)
  return `not ${isWord(attribute(ATTR[facet].assurance), enough)}`
}

/** How it ended, and when, for the rules that look at decisions and grants. */
function acts(): readonly string[] {
  const outcome = attribute(ATTR.outcome)
  const isAct = any(`${KIND} == "tool"`, `${KIND} == "effect"`)
  const isGrantOwn = any(
    ...[ATTR.authority.id, ATTR.authority.type, ATTR.authority.scopes, ATTR.authority.expiresAt].map(
      (key) => `${attribute(key)} != nil`,
    ),
  )
  return [
    set(cache('outcome'), `ToLowerCase(Trim(${outcome}))`, isWord(outcome, OUTCOMES)),
    set(cache('outcome'), '"failure"', `${cache('outcome')} == nil`, 'span.status.code == STATUS_CODE_ERROR'),
    set(cache('outcome'), '"denied"', `${cache('outcome')} == nil`, `${attribute(REFUSED)} == "true"`),
    set(cache('outcome'), '"success"', `${cache('outcome')} == nil`),
    ...moment('decided', attribute(ATTR.decision.at), isAct, `${cache('decision')} != nil`),
    ...moment('expires', attribute(ATTR.authority.expiresAt), isAct),
    ...moment('expires', resource(ATTR.authority.expiresAt), isAct, `not ${isGrantOwn}`),
    ...chainEntries(),
  ]
}

/** The canonical entries of the chain, as a list. */
function chainEntries(): readonly string[] {
  const chain = cache('chain')
  return [
    remove(chain, '\\p{Cf}+'),
    replace(chain, `"[${SPACE}]*(?:(?:mailto|acct):[${SPACE}]*)*`, '"'),
    replace(chain, `[${SPACE}]+"`, '"'),
    set(cache('entries'), `ParseJSON(${chain})`, isMatch(chain, /^\[/u)),
  ]
}

/** Depths beyond this are not unrolled. */
export const MAX_UNROLLED = 16

/**
 * An entry that stands twice makes a map of the entries smaller than their list. Placeholders name nobody, and no two of
 * them the same: each stands for its place.
 */
function chainLoop({ policy }: Rulebook): readonly string[] {
  const entries = cache('entries')
  const depth = Math.min(policy.maxChainDepth, MAX_UNROLLED)
  const at = (index: number) => `${entries}[${index}]`
  return [
    ...Array.from({ length: depth }, (_, index) => {
      const isThere = `Len(${entries}) > ${index}`
      const isNobody = isMatch(at(index), PLACEHOLDER)
      return [
        set(`${cache('seen')}[${literal(` ${index}`)}]`, 'true', isThere, isNobody),
        set(`${cache('seen')}[${at(index)}]`, 'true', isThere, `not ${isNobody}`),
      ]
    }).flat(),
    when(
      raise('chain_loop'),
      `${entries} != nil`,
      any(`Len(${entries}) > ${policy.maxChainDepth}`, `Len(${cache('seen')}) < Len(${entries})`),
    ),
  ]
}

function raise(code: FindingCode): string {
  return `append(${cache('raised')}, ${literal(code)})`
}

/** The statements stand in the order of the codes, so that the list is sorted. */
function raising(book: Rulebook): readonly string[] {
  return [
    set(cache('recorded'), FINDINGS),
    set(cache('raised'), '[]'),
    ...FINDING_CODES.flatMap((code) => raisingOf(code, book)),
  ]
}

function raisingOf(code: FindingCode, book: Rulebook): readonly string[] {
  if (code === 'chain_loop') return chainLoop(book)
  const condition = conditionOf(code, book)
  return condition === undefined ? [] : [when(raise(code), condition)]
}

/** Whether the Collector can ever raise a code under this policy. */
export function isRaised(code: FindingCode, book: Rulebook): boolean {
  return code === 'chain_loop' || conditionOf(code, book) !== undefined
}

function conditionOf(code: FindingCode, book: Rulebook): string | undefined {
  const requirement = REQUIREMENTS.find((one) => MISSING[one] === code)
  const own = requirement === undefined ? CONDITIONS[code] : missingOf(requirement, book)
  const recorded = findingEntry(code).live === undefined ? [] : [isMatch(cache('recorded'), `"${code}"`)]
  const ways = [...(own === undefined ? [] : [own]), ...recorded]
  return ways.length === 0 ? undefined : any(...ways)
}

/** Ancestors may have what a span below them lacks, and the Collector does not see them. */
function missingOf(requirement: Requirement, { options, policy }: Rulebook): string | undefined {
  const isEver =
    SUBJECTS.some((subject) => policy.required[subject].includes(requirement)) ||
    (options.rules ?? []).some(({ require }) => require?.includes(requirement) === true)
  if (!isEver) return undefined
  const lack = lackFlag(requirement)
  const isLacking =
    requirement === 'principal' ? `${lack} == "missing"` : any(`${lack} == "missing"`, `${lack} == "unsure"`)
  return all(`${cache('told')} == true`, isLacking)
}

const isPrincipal = (name: string) => any(`${cache(name)} == ${cache('p')}`, `${cache(name)} == ${cache('bare')}`)
const hasPrincipal = `${cache('p')} != nil`
const hasActor = `${cache('a')} != nil`
const isOne = all(hasPrincipal, hasActor, isPrincipal('a'), isSameIssuer)
const type = cache('principal.type')
const isHumanOrUnstated = any(`${type} == nil`, `${type} == "human"`)
const credentialType = cache('usable.type')
const isAct = any(`${KIND} == "tool"`, `${KIND} == "effect"`)

const CONDITIONS: Readonly<Partial<Record<FindingCode, string>>> = {
  actor_is_context: all(
    hasActor,
    `${credentialType} != "own"`,
    any(`${cache('c')} == ${cache('a')}`, `${cache('s')} == ${cache('a')}`),
  ),
  authority_expired: all(
    isDated('expires'),
    'span.start_time_unix_nano > 0',
    `${cache('expires')} < UnixMilli(span.start_time) - 1000`,
  ),
  conflicting_identity: any(
    all(
      `${cache('stated.principal')} != nil`,
      hasPrincipal,
      `${cache('u')} != nil`,
      `${cache('bare')} != ${cache('u')}`,
    ),
    all(`${cache('stated.actor')} != nil`, hasActor, `${cache('agent')} != nil`, `${cache('a')} != ${cache('agent')}`),
  ),
  decision_late: all(
    isDated('decided'),
    'span.start_time_unix_nano > 0',
    `${cache('decided')} > UnixMilli(span.start_time) + 1000`,
  ),
  denied_but_executed: all(
    `${cache('outcome')} == "success"`,
    any(`${cache('decision')} == "deny"`, all(`${cache('decision')} == "escalate"`, `${cache('approver')} == nil`)),
  ),
  orphan_effect: all('IsRootSpan()', isAct, `${cache('correlation')} == nil`),
  placeholder_identity: any(
    ...['p', 'a', 'c'].map((name) => `${cache(`${name}.void`)} == true`),
    all(`${cache('usable')} == true`, any(`${cache('k.void')} == true`, `${cache('s.void')} == true`)),
  ),
  principal_is_actor: all(isOne, isHumanOrUnstated),
  principal_is_context: all(
    hasPrincipal,
    any(
      isPrincipal('c'),
      all(`${credentialType} == "user"`, any(`${cache('s')} == nil`, isPrincipal('s'))),
      all(`${credentialType} != "delegated"`, isPrincipal('s')),
    ),
  ),
  self_approved: all(hasActor, `${cache('approver')} == ${cache('a')}`),
  software_as_human: all(
    hasPrincipal,
    `${type} == "human"`,
    any(
      ...SOFTWARE_FORMS.flatMap((form) => [isMatch(cache('p'), form), isMatch(cache('bare'), form)]),
      ...AGENT_USER_KEYS.map((key) => `ToLowerCase(Trim(String(${attribute(key)}))) == ${cache('bare')}`),
    ),
  ),
  undeclared_autonomy: all(isOne, `${type} != nil`, `${type} != "human"`),
  unverified_principal: any(
    all(`${cache('principal')} != nil`, isWord(attribute(ATTR.principal.assurance), ['claimed'])),
    `${lackFlag('principal')} == "unsure"`,
  ),
}

/** What a declaration or a rule allows does not stand. */
function allowing({ options }: Rulebook): readonly string[] {
  const { type: declared, merges } = ATTR.declaration
  const allowed = cache('allowed')
  const note = (codes: readonly string[], ...where: readonly string[]) =>
    set(allowed, `Concat([${allowed}, ${literal(codes.map((code) => `"${code}"`).join(' '))}], " ")`, ...where)
  const rules = (options.rules ?? []).flatMap(({ allow = [], autonomous }, index) => {
    const codes = [...allow, ...(autonomous === undefined ? [] : ['undeclared_autonomy'])]
    const isMet = `${ruleFlag(index)} == true`
    return [
      ...(codes.length === 0 ? [] : [note(codes, isMet)]),
      ...(autonomous === undefined ? [] : [set(cache('autonomous'), 'true', isMet)]),
    ]
  })
  const ofResource = `not ${isWord(attribute(declared), ['autonomous', 'merge'])}`
  const declarations = [
    { of: attribute, where: [] as string[] },
    { of: resource, where: [ofResource] },
  ].flatMap(({ of, where }) => [
    set(cache('autonomous'), 'true', ...where, isWord(of(declared), ['autonomous'])),
    set(allowed, `String(${of(merges)})`, ...where, isWord(of(declared), ['merge']), isVisible(of(merges))),
  ])
  return [
    ...declarations,
    note(['undeclared_autonomy'], `${cache('autonomous')} == true`),
    ...rules,
    set(FINDINGS, '[]'),
    set(FINDINGS, cache('raised'), `${allowed} == nil`),
    ...FINDING_CODES.map((code) =>
      when(
        `append(${FINDINGS}, ${literal(code)})`,
        `${allowed} != nil`,
        `ContainsValue(${cache('raised')}, ${literal(code)})`,
        `not ${isMatch(allowed, `(?:^|")\\s*${code}\\s*(?:"|$)`)}`,
      ),
    ),
  ]
}

function verdict(): readonly string[] {
  const complete = attribute(ATTR.complete)
  const forcing = (word: string) => FINDING_CODES.filter((code) => findingEntry(code).verdict === word)
  const stands = (codes: readonly string[]) => isMatch(FINDINGS, `"(?:${codes.join('|')})"`)
  const lacks = REQUIREMENTS.map(lackFlag)
  const isNobody = [...NAMED_BY_VERDICT].map((requirement) => {
    const lack = lackFlag(requirement)
    return requirement === 'principal' ? any(`${lack} == "missing"`, `${lack} == "void"`) : `${lack} != nil`
  })
  const isOpen = `${VERDICT} == nil`
  const isUntold = all(`${cache('told')} == nil`, any(...lacks.map((lack) => `${lack} == "missing"`)))
  const isDeclared = any(`${cache('autonomous')} == true`, `Len(${cache('raised')}) > Len(${FINDINGS})`)
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
