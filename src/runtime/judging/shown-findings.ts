import { findingEntry, SEVERITIES } from '../../model/finding.ts'
import type { FindingCode } from '../../model/finding.ts'
import { FINDING_EVENT } from '../../model/names.ts'
import { STATUS } from '../../model/span.ts'
import type { SpanShape } from '../../model/span.ts'
import type { Policy } from '../../policy/policy.ts'
import { fault } from '../health/fault.ts'
import type { LiveSpan, SpanEvent } from '../span/live-span.ts'
import type { SpanLimits } from '../span/span-limits.ts'
import type { JudgedLiveSpan, SpanListener } from './judged-live-span.ts'

/**
 * Shows findings where people look at a trace first: as events, at most one per code and within the app's limit on
 * events, the most severe first; and as the status. Writes to the span itself, because an ended span accepts neither,
 * and the SDK would drop one of the app's events to make room. Never throws.
 */
export const show: SpanListener = {
  judged(judged) {
    if (judged.isStamped) showFindings(judged)
  },
  rewritten: showFindings,
}

type Shown = Pick<JudgedLiveSpan, 'span' | 'judgement' | 'limits' | 'by'>

function showFindings({ span, judgement, limits, by: { settings } }: Shown): void {
  try {
    if (settings.findingEvents) addEvents(span as LiveSpan, judgement.findings, settings.policy, limits)
    if (settings.collapseAsError && judgement.verdict === 'collapsed') setError(span, judgement.findings)
  } catch (error) {
    fault('processor', 'findings could not be shown on a span', error)
  }
}

function addEvents(span: LiveSpan, codes: readonly FindingCode[], policy: Policy, limits: SpanLimits): void {
  const events = span.events ?? []
  const told = new Set(events.map(({ attributes }) => attributes?.[FINDING_EVENT.code]))
  const untold = codes.filter((code) => !told.has(cut(code, limits)))
  // An event without its code tells nothing.
  const room = limits.attributesPerEvent === 0 ? 0 : (limits.events ?? Infinity) - events.length
  const shown = untold.length <= room ? untold : mostSevere(untold, policy, Math.max(0, room))
  const added = shown.map((code) => eventOf(code, span, policy, limits))
  if (added.length > 0) put(span, 'events', [...events, ...added])
}

function mostSevere(codes: readonly FindingCode[], { severities }: Policy, most: number): readonly FindingCode[] {
  const rank = (code: FindingCode) => SEVERITIES.indexOf(severities[code])
  return codes.toSorted((a, b) => rank(b) - rank(a)).slice(0, most)
}

function eventOf(code: FindingCode, span: LiveSpan, { severities }: Policy, limits: SpanLimits): SpanEvent {
  const said = [
    [FINDING_EVENT.code, code],
    [FINDING_EVENT.severity, severities[code]],
    [FINDING_EVENT.title, findingEntry(code).title],
  ] as const
  const kept = said.slice(0, limits.attributesPerEvent)
  return {
    name: FINDING_EVENT.name,
    time: span.endTime ?? span.startTime,
    attributes: Object.fromEntries(kept.map(([key, text]) => [key, cut(text, limits)])),
    droppedAttributesCount: said.length - kept.length,
  }
}

function cut(text: string, { valueLength }: SpanLimits): string {
  return text.slice(0, valueLength)
}

/** The app's own status takes precedence. */
function setError(span: SpanShape, codes: readonly FindingCode[]): void {
  if (span.status.code !== STATUS.unset) return
  const collapsed = codes.filter((code) => findingEntry(code).verdict === 'collapsed')
  put(span, 'status', { code: STATUS.error, message: `attribution collapsed: ${collapsed.join(', ')}` })
}

/** Sets an own property, which also works if it was a getter or if a copy inherited it. */
function put(span: SpanShape, key: 'events' | 'status', value: unknown): void {
  Object.defineProperty(span, key, { value, enumerable: true, writable: true, configurable: true })
}
