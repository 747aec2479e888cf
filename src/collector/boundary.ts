import { ASSURED_FACETS, VERDICTS } from '../model/attribution.ts'
import type { AssuredFacet } from '../model/attribution.ts'
import { ACTOR, AUTHORITY, CONTEXT, DECISION, INTENT, namesOf, PRINCIPAL } from '../model/facet-fields.ts'
import { ATTR, ATTR_PREFIX, CARRIER, SCRATCH_PREFIX } from '../model/names.ts'
import { any, attribute, cache, escaped, isMatch, literal, set, startsOtherwise, when, whole } from './ottl.ts'
import type { Group } from './ottl.ts'
import { passOver } from './recognition.ts'
import { CLAIMED_KIND } from './scratch.ts'

/** What a stranger may claim, by facet. Nothing else under our prefix gets in, whatever later versions add to it. */
const CLAIMABLE: Readonly<Record<AssuredFacet, readonly string[]>> = {
  principal: namesOf(PRINCIPAL),
  actor: [...namesOf(ACTOR), ATTR.actor.chain],
  context: namesOf(CONTEXT),
  intent: namesOf(INTENT),
  authority: namesOf(AUTHORITY),
  decision: namesOf(DECISION),
  correlation: [ATTR.correlation.id],
}

/**
 * Takes off everything under our prefix that a stranger brought, on every level that OTTL reaches, but for the facets on
 * spans, which it marks as claimed. The kind that a span states counts only if no dialect shows one.
 */
export function strippingGroups(): readonly Group[] {
  const ours = literal(`(?i)^(?:${escaped(ATTR_PREFIX)}|${escaped(CARRIER)}$)`)
  const claimable = Object.values(CLAIMABLE).flat()
  const allowed = `^${escaped(ATTR_PREFIX)}(?:${claimable.map((name) => escaped(name.slice(ATTR_PREFIX.length))).join('|')})$`
  const kind = cache('statedKind')
  return [
    { context: 'resource', statements: [`delete_matching_keys(resource.attributes, ${ours})`] },
    { context: 'scope', statements: [`delete_matching_keys(scope.attributes, ${ours})`] },
    { context: 'spanevent', statements: [`delete_matching_keys(spanevent.attributes, ${ours})`] },
    {
      context: 'span',
      statements: [
        set(kind, attribute(ATTR.span.kind), `IsString(${attribute(ATTR.span.kind)})`),
        // Some SDKs copy baggage onto spans, and with it a signed carrier, which is nobody's to read there.
        `delete_matching_keys(span.attributes, ${literal(`(?i)^${escaped(CARRIER)}$`)})`,
        `keep_matching_keys(span.attributes, ${literal(`${startsOtherwise(ATTR_PREFIX)}|${allowed}`)})`,
        ...ASSURED_FACETS.map((facet) =>
          set(
            attribute(ATTR[facet].assurance),
            '"claimed"',
            any(...CLAIMABLE[facet].map((name) => `${attribute(name)} != nil`)),
          ),
        ),
        set(attribute(CLAIMED_KIND), kind, `${kind} != nil`),
      ],
    },
  ]
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
