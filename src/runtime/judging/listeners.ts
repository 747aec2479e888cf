import { fault } from '../health/fault.ts'
import { countFinding, countSpan } from '../health/metrics.ts'
import type { JudgedLiveSpan, RewrittenSpan, SpanListener } from './judged-live-span.ts'
import { show } from './shown-findings.ts'
import { stamp } from './stamp-listener.ts'

const count: SpanListener = {
  judged({ resolved, judgement, by }) {
    try {
      countSpan(resolved, judgement, by.settings.policy)
    } catch (error) {
      fault('metrics', 'a span could not be counted', error)
    }
  },
  rewritten({ judgement, kind, isFirst, by }) {
    const isFound = judgement.findings.includes('attribution_rewritten')
    if (isFirst && isFound && !judgement.sameAction) countFinding('attribution_rewritten', kind, by.settings.policy)
  },
}

/** The listeners of a judged span, in this order. */
const LISTENERS: readonly SpanListener[] = [stamp, count, show]

export function tellJudged(span: JudgedLiveSpan): void {
  for (const listener of LISTENERS) listener.judged(span)
}

export function tellRewritten(span: RewrittenSpan): void {
  for (const listener of LISTENERS) listener.rewritten(span)
}
