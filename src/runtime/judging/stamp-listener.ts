import { fitted } from '../../judge/fitted.ts'
import { putFacets, putVerdict, stamp as stampAttributes } from '../../judge/stamp.ts'
import type { StampTarget } from '../../judge/stamp.ts'
import { ATTR } from '../../model/names.ts'
import type { SpanShape } from '../../model/span.ts'
import type { LiveSpan } from '../span/live-span.ts'
import { markJudged } from '../span/span-state.ts'
import type { JudgedLiveSpan, SpanListener } from './judged-live-span.ts'
import { AskingTarget, DifferingTarget } from './span-target.ts'

/** Puts its verdict on a span, and restores it if something overwrote it before the span ended. */
export const stamp: SpanListener = {
  judged(judged) {
    judged.isStamped = judged.mayCopy ? stampOrCopy(judged) : writeStamp(judged)
    // Unmarked, a span that couldn't be written to is judged again by the exporter, on a copy.
    if (judged.isStamped) markJudged(judged.span)
  },
  ended({ span, resolved, judgement, limits, by }) {
    putVerdict(new DifferingTarget(span, limits), resolved, judgement, by.stampOptions)
  },
}

/**
 * Stamps a span: directly, because `setAttribute` drops new keys at the attribute limit and all keys after the end. If
 * that fails, because the attributes are frozen or a copy, with `setAttribute`. Returns whether the stamp is there.
 */
function writeStamp(judged: JudgedLiveSpan): boolean {
  if (writeDirectly(judged)) return true
  putWhole(new AskingTarget(judged.span as LiveSpan, judged.limits), judged)
  return stands(judged)
}

/** Stamps a span, or an object derived from it if the span can't be written to. */
function stampOrCopy(judged: JudgedLiveSpan): true {
  if (!writeDirectly(judged)) judged.span = stampedCopy(judged)
  return true
}

function stampedCopy({ span, resolved, judgement, limits, by }: JudgedLiveSpan): SpanShape {
  const stamped = stampAttributes(span.attributes, resolved, judgement, by.stampOptions, limits.valueLength)
  return Object.create(span, {
    attributes: { value: { ...span.attributes, ...stamped }, enumerable: true },
    spanContext: { value: () => span.spanContext(), enumerable: false },
  })
}

/** Stamps a span directly or not at all. Returns whether the stamp is there. */
function writeDirectly(judged: JudgedLiveSpan): boolean {
  try {
    putWhole(new DifferingTarget(judged.span, judged.limits), judged)
  } catch {
    return false
  }
  return stands(judged)
}

function putWhole(to: StampTarget, { resolved, judgement, by }: JudgedLiveSpan): void {
  putFacets(to, resolved)
  putVerdict(to, resolved, judgement, by.stampOptions)
}

/** The judge is written last: if it is there, so is the rest. */
function stands({ span, limits, by }: JudgedLiveSpan): boolean {
  return span.attributes[ATTR.judge] === fitted(ATTR.judge, by.stampOptions.judgeName, limits.valueLength)
}
