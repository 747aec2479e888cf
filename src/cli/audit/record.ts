import { ASSURED_FACETS } from '../../model/attribution.ts'
import { actorLabel } from '../../resolve/actor-chain.ts'
import type { JudgedSpan } from '../../judge/trace.ts'
import { nameOfSpan } from '../terminal/service.ts'

/** One judged span as in `--format ndjson`: the facets as ids, null if missing. */
export function auditRecord({ span, resolved, judgement }: JudgedSpan): Record<string, unknown> {
  const { principal, actor, context, intent, correlation } = resolved.facets
  const { traceId, spanId } = span.spanContext()
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? null,
    name: nameOfSpan(span),
    kind: resolved.kind ?? null,
    dialect: resolved.dialect === 'none' ? null : resolved.dialect,
    principal: principal?.value.id ?? null,
    actor: (actor === undefined ? undefined : actorLabel(actor.value)) ?? null,
    context: context?.value.id ?? null,
    intent: intent?.value.id ?? intent?.value.summary ?? null,
    tool: resolved.tool ?? null,
    conversation: resolved.facts.conversation ?? null,
    correlation: correlation?.value ?? null,
    assurance: assuranceOf(resolved.facets),
    verdict: judgement.verdict,
    complete: judgement.complete,
    findings: judgement.findings,
  }
}

function assuranceOf(resolved: JudgedSpan['resolved']['facets']): Record<string, string> {
  const entries = ASSURED_FACETS.flatMap((facet) => {
    const held = resolved[facet]
    return held === undefined ? [] : [[facet, held.assurance] as const]
  })
  return Object.fromEntries(entries)
}
