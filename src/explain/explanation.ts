import { ATTR_TELEMETRY_SDK_LANGUAGE } from '@opentelemetry/semantic-conventions'
import { textOf } from '../base/attribute-value.ts'
import { findingEntry, fixOf, SEVERITIES } from '../model/finding.ts'
import { keyAcrossTraces, SpanTree } from '../model/span-tree.ts'
import type { FindingCode, Severity } from '../model/finding.ts'
import type { SpanShape } from '../model/span.ts'
import { chainOf } from './chain.ts'
import type { ChainLink } from './chain.ts'
import { clausesOf } from './clauses.ts'
import type { Clause } from './testimony.ts'
import { createJudge } from '../judge/judge.ts'
import type { Judge } from '../judge/judge.ts'
import type { Policy } from '../policy/policy.ts'
import { judgeTrace } from '../judge/trace.ts'
import type { JudgedSpan } from '../judge/trace.ts'

/** The answer for the spans of one piece of work: who asked, what acted, through what, why, under what authority. */
export interface Explanation {
  /** In the order of the sentence. Empty if nothing was judged. */
  readonly clauses: readonly Clause[]
  readonly chain: readonly ChainLink[]
  /** What is missing, collapsed or wrong, the most severe first. */
  readonly lacks: readonly FindingGroup[]
  /** Findings that only other traces could show and that were not checked. */
  readonly unchecked: readonly FindingCode[]
}

export interface FindingGroup {
  readonly code: FindingCode
  readonly severity: Severity
  readonly title: string
  readonly fix: string
  readonly spans: readonly JudgedSpan[]
}

/**
 * Explains the spans of one trace, or of several that belong together. It doesn't say what they don't prove. `informed` is
 * a judge that has judged every other trace of the input too, as the audit does.
 */
export function explain(given: readonly SpanShape[], policy: Policy, informed?: Judge): Explanation {
  const spans = onceEach(given)
  const judge = informed ?? createJudge(policy)
  const judged = byTrace(spans).flatMap((trace) => judgeTrace(trace, policy, judge))
  const chain = chainOf(spans, judged)
  const unchecked: readonly FindingCode[] =
    informed === undefined && judged.some(mayBeShared) ? ['shared_credential'] : []
  return {
    clauses: clausesOf(chain, policy),
    chain,
    lacks: findingGroups(judged, policy, new SpanTree(spans, keyAcrossTraces)),
    unchecked,
  }
}

/** One sentence of all clauses. Each one is proven or says that it isn't. */
export function sentenceOf({ clauses }: Explanation): string {
  if (clauses.length === 0) return 'No agent span is recorded here, so there is nothing to attribute.'
  return `${clauses.map(({ text }) => text).join('; ')}.`
}

/** Whether it used a credential that someone else may have used in another trace. */
function mayBeShared({ resolved, judgement }: JudgedSpan): boolean {
  const { id, type } = resolved.facets.context?.value.credential ?? {}
  const isOnePersons = type === 'delegated' || type === 'own' || type === 'none'
  return id !== undefined && !isOnePersons && !judgement.findings.includes('shared_credential')
}

/** The fix for the first of the spans. */
function fixIn(code: FindingCode, [first]: readonly JudgedSpan[], tree: SpanTree): string {
  const language = textOf(first?.span.resource.attributes[ATTR_TELEMETRY_SDK_LANGUAGE])
  return fixOf(code, { language, isParentMissing: first !== undefined && tree.isParentMissing(first.span) })
}

/** The spans without those that were delivered again. Records of one span that differ stay. */
function onceEach(spans: readonly SpanShape[]): readonly SpanShape[] {
  const keyOf = (span: SpanShape) => keyAcrossTraces(span.spanContext())
  if (new Set(spans.map(keyOf)).size === spans.length) return spans
  const known = new Map<string, Set<string>>()
  return spans.filter((span) => {
    const key = keyOf(span)
    const records = known.get(key) ?? new Set<string>()
    known.set(key, records)
    return records.size < records.add(recordOf(span)).size
  })
}

function recordOf({ name, kind, parentSpanContext, startTime, status, attributes, resource }: SpanShape): string {
  const said = [attributes, resource.attributes].map((all) =>
    Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
  const record = [name, kind, parentSpanContext?.spanId, startTime, status.code, said]
  return JSON.stringify(record, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

function byTrace(spans: readonly SpanShape[]): readonly (readonly SpanShape[])[] {
  const traces = new Map<string, SpanShape[]>()
  for (const span of spans) {
    const { traceId } = span.spanContext()
    const trace = traces.get(traceId)
    if (trace === undefined) traces.set(traceId, [span])
    else trace.push(span)
  }
  return [...traces.values()]
}

function findingGroups(judged: readonly JudgedSpan[], policy: Policy, tree: SpanTree): readonly FindingGroup[] {
  const spans = new Map<FindingCode, JudgedSpan[]>()
  for (const one of judged) {
    for (const code of one.judgement.findings) {
      const found = spans.get(code)
      if (found === undefined) spans.set(code, [one])
      else found.push(one)
    }
  }
  const lacks = [...spans].map(([code, found]) => {
    const { title } = findingEntry(code)
    return { code, severity: policy.severities[code], title, fix: fixIn(code, found, tree), spans: found }
  })
  const rank = ({ severity }: FindingGroup) => SEVERITIES.indexOf(severity)
  return lacks.toSorted((a, b) => rank(b) - rank(a) || b.spans.length - a.spans.length || (a.code < b.code ? -1 : 1))
}
