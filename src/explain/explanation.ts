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
import type { Policy } from '../policy/policy.ts'
import { judgeTrace } from '../judge/trace.ts'
import type { JudgedSpan } from '../judge/trace.ts'

/** The answer for the spans of one piece of work: who asked, what acted, through what, why, by whose leave. */
export interface Explanation {
  /** In the order of the sentence. Empty where nothing was judged. */
  readonly clauses: readonly Clause[]
  readonly chain: readonly ChainLink[]
  /** What is missing, collapsed or wrong, the gravest first. */
  readonly lacks: readonly FindingGroup[]
}

export interface FindingGroup {
  readonly code: FindingCode
  readonly severity: Severity
  readonly title: string
  readonly fix: string
  readonly spans: readonly JudgedSpan[]
}

/** Explains the spans of one trace, or of several that belong together. What they do not prove it does not say. */
export function explain(spans: readonly SpanShape[], policy: Policy): Explanation {
  const judge = createJudge(policy)
  const judged = byTrace(spans).flatMap((trace) => judgeTrace(trace, policy, judge))
  const chain = chainOf(spans, judged)
  return {
    clauses: clausesOf(chain, policy),
    chain,
    lacks: findingGroups(judged, policy, new SpanTree(spans, keyAcrossTraces)),
  }
}

/** One sentence of all clauses; each is proven or says that it is not. */
export function sentenceOf({ clauses }: Explanation): string {
  if (clauses.length === 0) return 'No agent span is recorded here, so there is nothing to attribute.'
  return `${clauses.map(({ text }) => text).join('; ')}.`
}

/** The fix for the first of the spans. */
function fixIn(code: FindingCode, [first]: readonly JudgedSpan[], tree: SpanTree): string {
  const language = textOf(first?.span.resource.attributes[ATTR_TELEMETRY_SDK_LANGUAGE])
  return fixOf(code, { language, isParentMissing: first !== undefined && tree.isParentMissing(first.span) })
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
