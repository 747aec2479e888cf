import { fitted } from '../../judge/fitted.ts'
import { putFacets, putJudgement, putVerdict, stamp as stampAttributes } from '../../judge/stamp.ts'
import type { StampTarget } from '../../judge/stamp.ts'
import { ATTR } from '../../model/names.ts'
import type { SpanShape } from '../../model/span.ts'
import type { LiveSpan } from '../span/live-span.ts'
import { markJudged } from '../span/span-state.ts'
import type { JudgedLiveSpan, SpanListener } from './judged-live-span.ts'
import { AskingTarget, DifferingTarget } from './span-target.ts'

/** Puts its verdict on a span, and what was found of it later. */
export const stamp: SpanListener = {
  judged(judged) {
    judged.isStamped = judged.mayCopy ? stampOrCopy(judged) : writeStamp(judged)
    // Unmarked, a span that couldn't be written to is judged again by the exporter, on a copy.
    if (judged.isStamped) markJudged(judged.span)
  },
  rewritten({ attributes, judgement, replaced, limits, by }) {
    const to = new DifferingTarget({ attributes }, limits)
    putJudgement(to, judgement, by.stampOptions)
    to.put(ATTR.rewritten, replaced)
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
    dropForged(judged)
  } catch {
    return false
  }
  return stands(judged)
}

function putWhole(to: StampTarget, { resolved, judgement, replaced, by }: JudgedLiveSpan): void {
  putFacets(to, resolved)
  if (replaced.length > 0) to.put(ATTR.rewritten, replaced)
  putVerdict(to, resolved, judgement, by.stampOptions)
}

/** What only a judge says, and this one did not. */
function dropForged({ span, judgement, replaced, by }: JudgedLiveSpan): void {
  const attributes = span.attributes as Record<string, unknown>
  if (judgement.allowed.length === 0) drop(attributes, ATTR.allowed)
  if (replaced.length === 0) drop(attributes, ATTR.rewritten)
  const isOurs = (code: string) => by.stampOptions.findingAttributes && judgement.findings.some((one) => one === code)
  for (const name in attributes) {
    const isForged = name.startsWith(ATTR.findingPrefix) && !isOurs(name.slice(ATTR.findingPrefix.length))
    if (isForged) drop(attributes, name)
  }
}

function drop(attributes: Record<string, unknown>, name: string): void {
  if (name in attributes) delete attributes[name]
}

/** The judge is written last: if it is there, so is the rest. */
function stands({ span, limits, by }: JudgedLiveSpan): boolean {
  return span.attributes[ATTR.judge] === fitted(ATTR.judge, by.stampOptions.judgeName, limits.valueLength)
}
