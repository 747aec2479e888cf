import { canonicalId } from '../identity/identity.ts'
import { ASSURANCES, ASSURED_FACETS } from '../model/attribution.ts'
import type { AssuredFacet } from '../model/attribution.ts'
import { AUTHORITY } from '../model/facet-fields.ts'
import type { FacetField } from '../model/facet-fields.ts'
import { ATTR } from '../model/names.ts'
import { REQUIREMENTS, SUBJECTS } from '../policy/policy.ts'
import type { PolicyRuleOptions, Requirement } from '../policy/policy.ts'
import { canonical } from './identity-statements.ts'
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
  resource,
  set,
} from './ottl.ts'
import { KIND } from './resolution.ts'
import type { Rulebook } from './rulebook.ts'
import { MEANING } from './scratch.ts'
import type { Slot } from './slots.ts'

const SUBJECT = cache('subject')

/** Which of the policy's rules match this span: by the tool it runs, and by the id or name of its actor. */
export function ruleMatches({ options }: Rulebook): readonly string[] {
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

export function ruleFlag(index: number): string {
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

/** What policy requires of this span, and what is missing from it: `lack.x` is `missing`, `void` or `unsure`. */
export function needs(book: Rulebook): readonly string[] {
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
    ...fourEyes(book),
    ...statements,
  ]
}

/** A later rule's word replaces an earlier one's. */
function fourEyes({ options }: Rulebook): readonly string[] {
  const rules = (options.rules ?? []).flatMap(({ four_eyes: asked }, index) =>
    asked === undefined ? [] : [set(cache('fourEyes'), String(asked), `${ruleFlag(index)} == true`)],
  )
  return [...(options.four_eyes === true ? [set(cache('fourEyes'), 'true')] : []), ...rules]
}

function needOf(requirement: Requirement): string {
  return cache(`need.${requirement}`)
}

export function lackFlag(requirement: Requirement): string {
  return cache(`lack.${requirement}`)
}

type LackRow = readonly [lack: 'missing' | 'void' | 'unsure', condition: string]

function lackOf(requirement: Requirement): readonly LackRow[] {
  const missing = (name: Slot): LackRow => ['missing', `${cache(name)} == nil`]
  const isVoid = (flag: Slot): LackRow => ['void', `${cache(flag)} == true`]
  const rows: Readonly<Record<Requirement, readonly LackRow[]>> = {
    principal: [missing('principal'), isVoid('principalIsPlaceholder')],
    actor: [missing('actor'), isVoid('actorIsPlaceholder')],
    context: [missing('context'), isVoid('contextIsPlaceholder')],
    'context.credential': credentialLack(),
    intent: [missing('intent')],
    authority: [missing('authority'), claimAlone('authority')],
    decision: [missing('decision'), claimAlone('decision')],
    'decision.approver': [
      ['missing', all(`${cache('approverKey')} == nil`, `${cache('outcome')} != "denied"`)],
      ['unsure', all(claimAlone('decision')[1], `${cache('approverKey')} != nil`, `${cache('outcome')} != "denied"`)],
    ],
    correlation: [missing('correlation')],
  }
  return rows[requirement]
}

/** What a stranger claimed grants nothing. An unknown word counts only as a claim. */
function claimAlone(facet: 'authority' | 'decision'): LackRow {
  const stated = attribute(ATTR[facet].assurance)
  const isClaimed = all(isVisible(stated), `not ${isWord(stated, ['verified', 'asserted', 'inferred'])}`)
  return ['unsure', all(`${cache(facet)} != nil`, isClaimed)]
}

/** A credential that only the resource states is just a name: it is there, but no rule compares it. */
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
  const grants = [attribute, resource].flatMap((of) =>
    AUTHORITY.fields.filter(({ identifies }) => identifies).map((field) => isStated(of(field.name), field)),
  )
  return [
    set(cache('authority'), 'true', any(...grants)),
    set(
      cache('correlation'),
      'true',
      any(isVisible(attribute(ATTR.correlation.id)), isVisible(resource(ATTR.correlation.id))),
    ),
    set(
      attribute(ATTR.correlation.id),
      resource(ATTR.correlation.id),
      `not ${isVisible(attribute(ATTR.correlation.id))}`,
    ),
  ]
}

function isStated(value: string, { form, words }: FacetField): string {
  if (form === 'word') return isWord(value, words)
  return form === 'list' ? isMatch(value, '[^\\[\\]\\s"]') : isVisible(value)
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
