import { findingEntry } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { FINDING_EVENT } from '../model/names.ts'
import { STATUS } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import type { Judgement } from '../rules/judge.ts'
import { fault } from './fault.ts'
import type { LiveSpan, SpanEvent } from './live-span.ts'
import type { Settings } from './settings.ts'

/**
 * Shows what was found where people who look at a trace see it first: an event per finding, at most one for each code,
 * and the status. Written to the span itself, because an ended span takes neither, and the SDK throws out an app's event
 * for one too many. Never throws.
 */
export function showFindings(span: SpanShape, judgement: Judgement, settings: Settings): void {
  try {
    if (settings.findingEvents) addEvents(span as LiveSpan, judgement.findings, settings)
    if (settings.collapseAsError && judgement.verdict === 'collapsed') setError(span, judgement.findings)
  } catch (error) {
    fault('processor', 'findings could not be shown on a span', error)
  }
}

function addEvents(span: LiveSpan, codes: readonly FindingCode[], { policy }: Settings): void {
  const events = span.events ?? []
  const told = new Set(events.map(({ attributes }) => attributes?.[FINDING_EVENT.code]))
  const added: SpanEvent[] = codes
    .filter((code) => !told.has(code))
    .map((code) => ({
      name: FINDING_EVENT.name,
      time: span.endTime ?? span.startTime,
      attributes: {
        [FINDING_EVENT.code]: code,
        [FINDING_EVENT.severity]: policy.severities[code],
        [FINDING_EVENT.title]: findingEntry(code).title,
      },
      droppedAttributesCount: 0,
    }))
  if (added.length > 0) put(span, 'events', [...events, ...added])
}

/** What the app said of its own work goes before. */
function setError(span: SpanShape, codes: readonly FindingCode[]): void {
  if (span.status.code !== STATUS.unset) return
  const collapsed = codes.filter((code) => findingEntry(code).verdict === 'collapsed')
  put(span, 'status', { code: STATUS.error, message: `attribution collapsed: ${collapsed.join(', ')}` })
}

/** On the object itself, so that it stands where it was a getter, or was inherited by a copy. */
function put(span: SpanShape, key: 'events' | 'status', value: unknown): void {
  Object.defineProperty(span, key, { value, enumerable: true, writable: true, configurable: true })
}
