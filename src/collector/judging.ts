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
  forget,
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
import type { Slot } from './slots.ts'

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
function canonical(name: Slot, value: string, ...where: readonly string[]): readonly string[] {
  const gap = `[${SPACE}\\p{Cf}]*`
  const noise = `^${gap}(?:(?:mailto|acct):${gap})*|${gap}$|\\p{Cf}+`
  return [set(cache(name), `ToLowerCase(String(${value}))`, isVisible(value), ...where), remove(cache(name), noise)]
}

/** The ids as the rules compare them. Placeholders are noted and leave the cache. */
function identities(book: Rulebook): readonly string[] {
  const isStatedContext = `not ${isWord(attribute(ATTR.context.assurance), ['inferred'])}`
  const isUsable = `${cache('isCredentialUsable')} == true`
  return [
    ...canonical('principalKey', cache('principal')),
    set(cache('principalBareKey'), cache('principalKey')),
    ...withoutUser(2),
    ...canonical('actorKey', cache('actor')),
    ...canonical('contextKey', cache('context'), isStatedContext),
    ...canonical('credentialSubjectKey', attribute(ATTR.context.credentialSubject), isUsable),
    ...canonical('credentialIdKey', attribute(ATTR.context.credentialId)),
    ...canonical('userKey', cache('user'), `${cache('statedPrincipal')} != nil`),
    ...canonical('approverKey', attribute(ATTR.decision.approverId)),
    ...canonical('principalIssuer', cache('principalIssuer')),
    ...canonical('actorIssuer', cache('actorIssuer')),
    ...canonical(
      'agentKey',
      cache('agentId'),
      `${cache('statedActor')} != nil`,
      any(...AGENT_ID_KEYS.map((key) => isVisible(attribute(key)))),
    ),
    remove(cache('userKey'), `^(?:user:[${SPACE}]*(?:(?:mailto|acct):[${SPACE}]*)*){1,2}`),
    ...voids(),
    ...aliases(book),
  ]
}

/** `user:` means nothing on a principal. */
function withoutUser(times: number): readonly string[] {
  return [remove(cache('principalBareKey'), `^(?:user:[${SPACE}]*(?:(?:mailto|acct):[${SPACE}]*)*){1,${times}}`)]
}

const PLACEHOLDER = [
  `^(?:${[...PLACEHOLDERS].map(escaped).join('|')})?$`,
  '^unknown_service',
  ZERO_UUID.source,
  UNEXPANDED.source,
].join('|')

/** The slots of which the rules must know that they held a placeholder. */
const PLACEHOLDER_FLAGS = [
  ['actorKey', 'actorIsPlaceholder'],
  ['contextKey', 'contextIsPlaceholder'],
  ['credentialSubjectKey', 'credentialSubjectIsPlaceholder'],
  ['credentialIdKey', 'credentialIdIsPlaceholder'],
] as const satisfies readonly (readonly [key: Slot, flag: Slot])[]

function voids(): readonly string[] {
  const isVoid = (name: Slot) => isMatch(cache(name), PLACEHOLDER)
  const isNobody = `${cache('principalIsPlaceholder')} == true`
  return [
    set(cache('principalIsPlaceholder'), 'true', isVoid('principalBareKey')),
    when(forget('principalBareKey'), isNobody),
    when(forget('principalKey'), isNobody),
    ...PLACEHOLDER_FLAGS.flatMap(([key, flag]) => [
      set(cache(flag), 'true', isVoid(key)),
      when(forget(key), `${cache(flag)} == true`),
    ]),
    ...(['userKey', 'agentKey', 'approverKey'] as const).map((key) => when(forget(key), isVoid(key))),
  ]
}

const ALIASED = [
  'principalKey',
  'principalBareKey',
  'actorKey',
  'contextKey',
  'credentialSubjectKey',
  'userKey',
  'approverKey',
  'agentKey',
] as const satisfies readonly Slot[]

/** A map of aliases is spelled out; a function cannot be. */
function aliases({ options, policy }: Rulebook): readonly string[] {
  if (options.aliases === undefined || typeof options.aliases === 'function') return []
  const names = [...new Set(Object.keys(options.aliases).map(canonicalId))]
  const pairs = names.map((name) => [name, policy.alias(name)] as const).filter(([name, id]) => name !== id)
  const settle = (slot: Slot) => {
    const was = cache('unaliased')
    return [
      set(was, cache(slot), `${cache(slot)} != nil`),
      ...pairs.map(([name, id]) =>
        set(cache(slot), literal(id), `${cache(slot)} != nil`, `${was} == ${literal(name)}`),
      ),
    ]
  }
  return [...ALIASED.flatMap(settle), ...withoutUser(1)]
}

const isSameIssuer = any(
  `${cache('principalIssuer')} == nil`,
  `${cache('actorIssuer')} == nil`,
  `${cache('principalIssuer')} == ${cache('actorIssuer')}`,
)

/** Which rules of the policy are for this span: by the tool it runs, and by the id or name of its actor. */
function ruleMatches({ options }: Rulebook): readonly string[] {
  const rules = options.rules ?? []
  const names =
    rules.length === 0
      ? []
      : [
          ...canonical('matchedTool', cache('tool')),
          ...canonical('matchedActor', cache('actor')),
          ...canonical('matchedActorName', cache('actorName')),
        ]
  return [...names, ...rules.map((rule, index) => set(ruleFlag(index), 'true', ...ruleConditions(rule)))]
}

function ruleFlag(index: number): string {
  return cache(`rule.${index + 1}`)
}

function ruleConditions({ tool, agent }: PolicyRuleOptions): readonly string[] {
  const fits = (name: Slot, text: string) =>
    isMatch(cache(name), `(?s)^${canonicalId(text).split('*').map(escaped).join('.*')}$`)
  return [
    ...(tool === undefined ? [] : [fits('matchedTool', tool)]),
    ...(agent === undefined ? [] : [any(fits('matchedActor', agent), fits('matchedActorName', agent))]),
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
  const missing = (name: Slot): LackRow => ['missing', `${cache(name)} == nil`]
  const isVoid = (flag: Slot): LackRow => ['void', `${cache(flag)} == true`]
  const rows: Readonly<Record<Requirement, readonly LackRow[]>> = {
    principal: [missing('principal'), isVoid('principalIsPlaceholder')],
    actor: [missing('actor'), isVoid('actorIsPlaceholder')],
    context: [missing('context'), isVoid('contextIsPlaceholder')],
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
  const isElsewhere = all(`${cache('hasCredential')} == nil`, any(`${KIND} == "tool"`, `${KIND} == "effect"`))
  const elsewhere = any(isVisible(resource(credentialId)), isWord(resource(credentialType), ['none']))
  const isNone = `${cache('credentialType')} == "none"`
  return [
    ['missing', `not (${any(isVisible(attribute(credentialId)), isNone, all(isElsewhere, elsewhere))})`],
    [
      'void',
      all(`${cache('credentialIdIsPlaceholder')} == true`, `${cache('isCredentialUsable')} == true`, `not (${isNone})`),
    ],
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
    remove(chain, '\\p{Cf}+'),
    replace(chain, `"[${SPACE}]*(?:(?:mailto|acct):[${SPACE}]*)*`, '"'),
    replace(chain, `[${SPACE}]+"`, '"'),
    set(cache('chainEntries'), `ParseJSON(${chain})`, isMatch(chain, /^\[/u)),
  ]
}

/** Depths beyond this are not unrolled. */
export const MAX_UNROLLED = 16

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
function raising(book: Rulebook): readonly string[] {
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

/** Whether the Collector can ever raise a code under this policy. */
export function isRaised(code: FindingCode, book: Rulebook): boolean {
  return code === 'chain_loop' || conditionOf(code, book) !== undefined
}

function conditionOf(code: FindingCode, book: Rulebook): string | undefined {
  const requirement = REQUIREMENTS.find((one) => MISSING[one] === code)
  const own = requirement === undefined ? CONDITIONS[code] : missingOf(requirement, book)
  const recorded = findingEntry(code).live === undefined ? [] : [isMatch(cache('recordedFindings'), `"${code}"`)]
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
  return all(`${cache('isSelfContained')} == true`, isLacking)
}

const PLACEHOLDERS_OF_FACETS = ['principalIsPlaceholder', 'actorIsPlaceholder', 'contextIsPlaceholder'] as const
const isPrincipal = (name: Slot) =>
  any(`${cache(name)} == ${cache('principalKey')}`, `${cache(name)} == ${cache('principalBareKey')}`)
const hasPrincipal = `${cache('principalKey')} != nil`
const hasActor = `${cache('actorKey')} != nil`
const isOne = all(hasPrincipal, hasActor, isPrincipal('actorKey'), isSameIssuer)
const type = cache('principalType')
const isHumanOrUnstated = any(`${type} == nil`, `${type} == "human"`)
const credentialType = cache('usableCredentialType')
const isAct = any(`${KIND} == "tool"`, `${KIND} == "effect"`)

const CONDITIONS: Readonly<Partial<Record<FindingCode, string>>> = {
  actor_is_context: all(
    hasActor,
    `${credentialType} != "own"`,
    any(`${cache('contextKey')} == ${cache('actorKey')}`, `${cache('credentialSubjectKey')} == ${cache('actorKey')}`),
  ),
  authority_expired: all(
    isDated('expiresAt'),
    'span.start_time_unix_nano > 0',
    `${cache('expiresAt')} < UnixMilli(span.start_time) - 1000`,
  ),
  conflicting_identity: any(
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
  decision_late: all(
    isDated('decidedAt'),
    'span.start_time_unix_nano > 0',
    `${cache('decidedAt')} > UnixMilli(span.start_time) + 1000`,
  ),
  denied_but_executed: all(
    `${cache('outcome')} == "success"`,
    any(`${cache('decision')} == "deny"`, all(`${cache('decision')} == "escalate"`, `${cache('approverKey')} == nil`)),
  ),
  orphan_effect: all('IsRootSpan()', isAct, `${cache('correlation')} == nil`),
  placeholder_identity: any(
    ...PLACEHOLDERS_OF_FACETS.map((flag) => `${cache(flag)} == true`),
    all(
      `${cache('isCredentialUsable')} == true`,
      any(`${cache('credentialIdIsPlaceholder')} == true`, `${cache('credentialSubjectIsPlaceholder')} == true`),
    ),
  ),
  principal_is_actor: all(isOne, isHumanOrUnstated),
  principal_is_context: all(
    hasPrincipal,
    any(
      isPrincipal('contextKey'),
      all(
        `${credentialType} == "user"`,
        any(`${cache('credentialSubjectKey')} == nil`, isPrincipal('credentialSubjectKey')),
      ),
      all(`${credentialType} != "delegated"`, isPrincipal('credentialSubjectKey')),
    ),
  ),
  self_approved: all(hasActor, `${cache('approverKey')} == ${cache('actorKey')}`),
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
  undeclared_autonomy: all(isOne, `${type} != nil`, `${type} != "human"`),
  unverified_principal: any(
    all(`${cache('principal')} != nil`, isWord(attribute(ATTR.principal.assurance), ['claimed'])),
    `${lackFlag('principal')} == "unsure"`,
  ),
}

/** What a declaration or a rule allows does not stand. */
function allowing({ options }: Rulebook): readonly string[] {
  const { type: declared, merges } = ATTR.declaration
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
  const ofResource = `not ${isWord(attribute(declared), ['autonomous', 'merge'])}`
  const declarations = [
    { of: attribute, where: [] as string[] },
    { of: resource, where: [ofResource] },
  ].flatMap(({ of, where }) => [
    set(cache('isAutonomous'), 'true', ...where, isWord(of(declared), ['autonomous'])),
    set(allowed, `String(${of(merges)})`, ...where, isWord(of(declared), ['merge']), isVisible(of(merges))),
  ])
  return [
    ...declarations,
    note(['undeclared_autonomy'], `${cache('isAutonomous')} == true`),
    ...rules,
    set(FINDINGS, '[]'),
    set(FINDINGS, cache('raisedFindings'), `${allowed} == nil`),
    ...FINDING_CODES.map((code) =>
      when(
        `append(${FINDINGS}, ${literal(code)})`,
        `${allowed} != nil`,
        `ContainsValue(${cache('raisedFindings')}, ${literal(code)})`,
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
