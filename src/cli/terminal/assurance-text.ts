import type { AssuredFacet } from '../../model/attribution.ts'
import type { FindingCode } from '../../model/finding.ts'
import { actorLabel } from '../../resolve/actor-chain.ts'
import type { JudgedSpan } from '../../judge/trace.ts'

const FACET_OF: Readonly<Partial<Record<FindingCode, AssuredFacet>>> = {
  unverified_principal: 'principal',
  missing_actor: 'actor',
  missing_context: 'context',
  missing_intent: 'intent',
  missing_authority: 'authority',
  missing_decision: 'decision',
  missing_correlation: 'correlation',
}

const NOUN: Readonly<Record<AssuredFacet, string>> = {
  principal: 'principal',
  actor: 'actor',
  context: 'execution context',
  intent: 'intent',
  authority: 'authority',
  decision: 'policy decision',
  correlation: 'correlation id',
}

/**
 * `the execution context is only inferred`, if the finding means on all of these spans that the facet is there but
 * policy asks for a higher assurance. Undefined if the facet is missing, and for other findings.
 */
export function weaknessText(code: FindingCode, spans: readonly JudgedSpan[]): string | undefined {
  const [first, ...others] = new Set(spans.map((one) => weaknessOf(code, one)))
  return others.length === 0 ? first : undefined
}

function weaknessOf(code: FindingCode, judged: JudgedSpan): string | undefined {
  const facet = FACET_OF[code]
  if (facet === undefined || !isNamed(facet, judged)) return undefined
  return `the ${NOUN[facet]} is only ${judged.resolved.facets[facet]?.assurance}`
}

function isNamed(facet: AssuredFacet, { resolved: { facets } }: JudgedSpan): boolean {
  if (facet === 'actor') return facets.actor !== undefined && actorLabel(facets.actor.value) !== undefined
  if (facet === 'context') return facets.context?.value.id !== undefined
  return facets[facet] !== undefined
}
