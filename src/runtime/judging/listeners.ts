import { fault } from '../health/fault.ts'
import { countFinding, countSpan } from '../health/metrics.ts'
import type { JudgedLiveSpan, SpanListener } from './judged-live-span.ts'
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
  ended({ resolved, judgement, by }, isRewritten) {
    if (isRewritten && !judgement.sameAction) countFinding('attribution_rewritten', resolved.kind, by.settings.policy)
  },
}

/** The listeners of a judged span, in this order. */
const LISTENERS: readonly SpanListener[] = [stamp, count, show]

export function tellJudged(span: JudgedLiveSpan): void {
  for (const listener of LISTENERS) listener.judged(span)
}

export function tellEnded(span: JudgedLiveSpan, isRewritten: boolean): void {
  for (const listener of LISTENERS) listener.ended(span, isRewritten)
}
