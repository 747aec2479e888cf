import { ASSURED_FACETS } from '../../model/attribution.ts'
import { actorLabel } from '../../resolve/actor-chain.ts'
import { conversationOf } from '../../recognize/facts.ts'
import type { JudgedSpan } from '../../judge/trace.ts'

/** One judged span as `--format ndjson` gives it: the facets as ids, null where they are missing. */
export function auditRecord({ span, sighting, judgement }: JudgedSpan): Record<string, unknown> {
  const { principal, actor, context, intent, correlationId } = sighting.resolved
  const { traceId, spanId } = span.spanContext()
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? null,
    name: span.name,
    kind: sighting.kind ?? null,
    dialect: sighting.dialect === 'none' ? null : sighting.dialect,
    principal: principal?.value.id ?? null,
    actor: (actor === undefined ? undefined : actorLabel(actor.value)) ?? null,
    context: context?.value.id ?? null,
    intent: intent?.value.id ?? intent?.value.summary ?? null,
    tool: sighting.tool ?? null,
    conversation: conversationOf(span) ?? null,
    correlation: correlationId ?? null,
    assurance: assuranceOf(sighting.resolved),
    verdict: judgement.verdict,
    complete: judgement.complete,
    findings: judgement.findings,
  }
}

function assuranceOf(resolved: JudgedSpan['sighting']['resolved']): Record<string, string> {
  const entries = ASSURED_FACETS.flatMap((facet) => {
    const held = resolved[facet]
    return held === undefined ? [] : [[facet, held.assurance] as const]
  })
  return Object.fromEntries(entries)
}
