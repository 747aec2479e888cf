import { DECISION_OUTCOMES } from '../model/attribution.ts'
import { ATTR } from '../model/names.ts'
import { DECISION_WORDS, DECISIONS, NOT_THE_ACT } from '../recognize/dialects/decisions.ts'
import type { DecisionRow } from '../recognize/dialects/decisions.ts'
import { PLACEHOLDERS, UNEXPANDED } from '../identity/identity.ts'
import { all, any, attribute, cache, first, isMatch, isOneOf, isVisible, isWord, literal, set } from './ottl.ts'
import type { Group } from './ottl.ts'
import { IS_OPEN, KIND } from './resolution.ts'
import { REFUSED } from './scratch.ts'

/** Rows for a certain span name are for spans that are never judged, or that have no decision of their own. */
const ROWS = DECISIONS.filter(({ named }) => named === undefined)
const DECIDED_BY = cache('decidedBy')

/** Finds the decision that a span records in another convention. Decisions on other spans can't be seen. */
export function decisionGroup(): Group {
  const { outcome, policyId, policyVersion, approverId, assurance } = ATTR.decision
  const isRecorded = `${DECIDED_BY} != nil`
  return {
    comment:
      "A policy's decision on a span, in another convention's words: inferred, and only if the span states none itself.",
    context: 'span',
    conditions: [
      all(
        IS_OPEN,
        `not ${isWord(attribute(outcome), DECISION_OUTCOMES)}`,
        any(...ROWS.map(({ key }) => `${attribute(key)} != nil`)),
      ),
    ],
    statements: [
      ...ROWS.flatMap(recordedStatements),
      ...Object.entries(DECISION_WORDS).map(([meant, words]) =>
        set(attribute(outcome), literal(meant), isRecorded, isMatch(cache('decisionWord'), spelledAs(words))),
      ),
      set(attribute(assurance), '"inferred"', isRecorded),
      ...namedBy('policy', attribute(policyId)),
      ...namedBy('version', attribute(policyVersion)),
      ...namedBy('approver', attribute(approverId)),
      set(attribute(REFUSED), '"true"', `${KIND} == "tool"`, `${attribute(outcome)} == "deny"`, isEnforced()),
    ],
  }
}

function recordedStatements({ key, of, target, trial }: DecisionRow): readonly string[] {
  const said = attribute(key)
  const isAct = any(`${KIND} == "tool"`, `${KIND} == "effect"`)
  const isMeant = [
    `${DECIDED_BY} == nil`,
    `IsString(${said})`,
    isMatch(said, spelledAs(Object.values(DECISION_WORDS).flat())),
    of === 'act' ? `${KIND} != "guardrail"` : isAct,
    ...(trial === undefined ? [] : [`not (${isMode(trial)})`]),
    ...(target === undefined ? [] : [`not ${isMatch(attribute(target), NOT_THE_ACT)}`]),
  ]
  return [
    set(DECIDED_BY, literal(key), ...isMeant),
    set(cache('decisionWord'), said, `${DECIDED_BY} == ${literal(key)}`),
  ]
}

function isEnforced(): string {
  return any(
    ...ROWS.flatMap(({ key, enforced }) =>
      typeof enforced === 'object' ? [all(`${DECIDED_BY} == ${literal(key)}`, isMode(enforced))] : [],
    ),
  )
}

function isMode({ key, value }: { readonly key: string; readonly value: string }): string {
  return `${attribute(key)} == ${literal(value)}`
}

/** The first one of a list. A placeholder names nothing. Existing values stay. */
function namedBy(name: 'policy' | 'version' | 'approver', target: string): readonly string[] {
  const held = cache(name)
  const isList = isMatch(held, '^\\s*\\[')
  const isPlaceholder = any(isWord(held, [...PLACEHOLDERS]), isMatch(held, UNEXPANDED))
  return [
    ...[...rowsByKey(name)].flatMap(([key, rows]) => first(name, [attribute(key)], isOneOf(DECIDED_BY, rows))),
    set(held, `${held}[0]`, `IsList(${held})`),
    set(held, `ParseJSON(${held})[0]`, `IsString(${held})`, isList),
    set(target, `Trim(String(${held}))`, isVisible(held), `not ${isVisible(target)}`, `not ${isPlaceholder}`),
  ]
}

/** A key that several rows use is read only once, whichever of them decided. */
function rowsByKey(name: 'policy' | 'version' | 'approver'): ReadonlyMap<string, readonly string[]> {
  const rowsOf = new Map<string, string[]>()
  for (const row of ROWS) {
    for (const key of row[name] ?? []) rowsOf.set(key, [...(rowsOf.get(key) ?? []), row.key])
  }
  return rowsOf
}

/** Allows anything between the parts of a word, and around it. */
function spelledAs(words: readonly string[]): string {
  return `(?i)^[^A-Za-z0-9]*(?:${words.map((word) => word.replaceAll('_', '[^A-Za-z0-9]*')).join('|')})[^A-Za-z0-9]*$`
}
