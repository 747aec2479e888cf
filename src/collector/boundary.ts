import { ASSURED_FACETS, VERDICTS } from '../model/attribution.ts'
import type { AssuredFacet } from '../model/attribution.ts'
import { ACTOR, AUTHORITY, CONTEXT, DECISION, identifyingNames, INTENT, PRINCIPAL } from '../model/facet-fields.ts'
import { ATTR, ATTR_PREFIX, SCRATCH_PREFIX } from '../model/names.ts'
import { any, attribute, escaped, isMatch, isVisible, literal, set, when, whole } from './ottl.ts'
import type { Group } from './ottl.ts'
import { passOver } from './recognition.ts'

/** What a judge writes, and what changes a judgement. Outsiders must not bring any of it. */
const JUDGEMENT = [
  ATTR.verdict,
  ATTR.complete,
  ATTR.findings,
  ATTR.allowed,
  ATTR.rewritten,
  ATTR.judge,
  ATTR.span.dialect,
  ...Object.values(ATTR.declaration),
  ...ASSURED_FACETS.flatMap((facet) => [ATTR[facet].assurance, ATTR[facet].source]),
] as const

const IDENTIFYING: Readonly<Record<AssuredFacet, readonly string[]>> = {
  principal: identifyingNames(PRINCIPAL),
  actor: [...identifyingNames(ACTOR), ATTR.actor.chain],
  context: identifyingNames(CONTEXT),
  intent: identifyingNames(INTENT),
  authority: identifyingNames(AUTHORITY),
  decision: identifyingNames(DECISION),
  correlation: [ATTR.correlation.id],
}

/** Takes off what a stranger may not say, on all three levels that a store searches, and marks the rest as claimed. */
export function strippingGroups(): readonly Group[] {
  const names = JUDGEMENT.map((name) => name.slice(ATTR_PREFIX.length))
  const forbidden = `^${escaped(ATTR_PREFIX)}(?:${names.map(escaped).join('|')}|(?:finding|tmp)\\..*)$`
  const takeOff = (owner: string, pattern: string) => `delete_matching_keys(${owner}, ${literal(pattern)})`
  return [
    { context: 'resource', statements: [takeOff('resource.attributes', forbidden)] },
    { context: 'scope', statements: [takeOff('scope.attributes', `^${escaped(ATTR_PREFIX)}`)] },
    { context: 'span', statements: [takeOff('span.attributes', forbidden), ...claims()] },
  ]
}

function claims(): readonly string[] {
  return ASSURED_FACETS.map((facet) =>
    set(
      attribute(ATTR[facet].assurance),
      '"claimed"',
      any(...IDENTIFYING[facet].map((key) => isVisible(attribute(key)))),
    ),
  )
}

/** Keeps a valid verdict that came through the inside receiver. Anything else is judged here. */
export function admissionGroup(): Group {
  const verdict = attribute(ATTR.verdict)
  const given = [ATTR.verdict, ATTR.complete, ATTR.judge]
  return {
    context: 'span',
    conditions: [`${verdict} != nil`],
    statements: [
      when(
        `delete_matching_keys(span.attributes, ${literal(`${whole(given).slice(0, -2)}|${escaped(ATTR.findingPrefix)}.*)$`)})`,
        `not ${isMatch(verdict, whole(VERDICTS))}`,
      ),
      passOver(),
    ],
  }
}

export function cleaning(): string {
  return `delete_matching_keys(span.attributes, ${literal(`^${escaped(SCRATCH_PREFIX)}`)})`
}
