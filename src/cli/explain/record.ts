import { contradictionOf } from '../../explain/actions.ts'
import type { ChainLink } from '../../explain/chain.ts'
import { sentenceOf } from '../../explain/explanation.ts'
import type { Explanation } from '../../explain/explanation.ts'
import { toldOutcome } from '../../explain/told-outcome.ts'
import { auditRecord } from '../audit/record.ts'
import { nameOfSpan, serviceOf } from '../terminal/service.ts'
import { exactTargetOf } from '../terminal/target.ts'
import { wholeStartMillis } from '../terminal/time.ts'

/** The answer for programs: each clause with the spans and attributes behind it, the chain, and what is wrong. */
export function explanationRecord(explanation: Explanation, traces: readonly string[]): Record<string, unknown> {
  const { clauses, chain, lacks, unchecked } = explanation
  return {
    traces,
    sentence: sentenceOf(explanation),
    clauses: clauses.map(({ facet, text, proven, assurance, evidence }) => ({
      facet,
      text,
      proven,
      assurance: assurance ?? null,
      evidence,
    })),
    chain: chain.map(({ judged, above, depth }) => ({
      ...auditRecord(judged),
      service: serviceOf(judged.span),
      start: new Date(wholeStartMillis(judged.span)).toISOString(),
      target: exactTargetOf(judged) ?? null,
      resource: judged.resolved.stated.resourceId ?? null,
      outcome: toldOutcome(judged),
      ...contradicted(judged),
      ...(judged.judgement.allowed.length > 0 ? { allowed: judged.judgement.allowed } : {}),
      decision: judged.resolved.facets.decision?.value ?? null,
      authority: judged.resolved.facets.authority?.value ?? null,
      credential: judged.resolved.facets.context?.value.credential ?? null,
      actorChain: judged.resolved.facets.actorChain,
      above: above?.judged.span.spanContext().spanId ?? null,
      depth,
    })),
    missing: lacks.map(({ code, severity, title, fix, spans }) => ({
      code,
      severity,
      title,
      fix,
      spans: spans.map(({ span }) => ({
        ...ids(span.spanContext()),
        name: nameOfSpan(span),
        service: serviceOf(span),
      })),
    })),
    notChecked: unchecked,
  }
}

/** A success that is stated, and what of the span says otherwise. */
function contradicted(judged: ChainLink['judged']): Record<string, string> {
  const contradictedBy = contradictionOf({ judged })
  return contradictedBy === undefined ? {} : { contradictedBy }
}

function ids({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): Record<string, string> {
  return { traceId, spanId }
}
