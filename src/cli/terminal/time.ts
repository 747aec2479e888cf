import { startMillis } from '../../model/span.ts'
import type { SpanShape } from '../../model/span.ts'
import { isoTimeOf } from '../../base/iso-time.ts'
import { printable } from './text.ts'
import { UsageError } from './usage-error.ts'

/** In milliseconds since the Unix epoch; both ends belong to it. */
export interface TimeRange {
  readonly since: number
  readonly until: number
}

/** The time that `--since` and `--until` name. Throws a `UsageError` where one can't be read, or they're the wrong way. */
export function timeRangeOf(options: { readonly since?: string; readonly until?: string }, now: number): TimeRange {
  const since = options.since === undefined ? -Infinity : timeOf('--since', options.since, now)
  const until = options.until === undefined ? Infinity : timeOf('--until', options.until, now)
  if (since > until) throw new UsageError('--since is later than --until')
  return { since, until }
}

/** Whether the range has no end on either side. */
export function isWhole({ since, until }: TimeRange): boolean {
  return since === -Infinity && until === Infinity
}

/** Whether the span starts in that time; any time is in a range without ends, one that couldn't be read too. */
export function isInside(span: SpanShape, range: TimeRange): boolean {
  const at = startMillis(span)
  return isWhole(range) || (at >= range.since && at <= range.until)
}

/** When the span starts, in whole milliseconds: some stores don't keep more. */
export function wholeStartMillis({ startTime: [seconds, nanos] }: SpanShape): number {
  return seconds * 1_000 + Math.floor(nanos / 1e6)
}

/** How much later something was, in few characters: `+0.012 s`, `+2.5 min`, `+3.1 d`. */
export function laterText(millis: number): string {
  const [unit, length, digits] = UNITS.find(([, unit]) => millis >= unit * MIN_OF_UNIT) ?? SECOND
  return `+${(millis / length).toFixed(digits)} ${unit}`
}

const SECOND = ['s', 1e3, 3] as const
/** The longest first. Each is used for twice its length and more. */
const UNITS = [['d', 86_400e3, 1], ['h', 3_600e3, 1], ['min', 60e3, 1], SECOND] as const
const MIN_OF_UNIT = 2

/** ` from 2026-11-24T09:00:00.000Z until ...`; empty for a range without ends. */
export function timeRangeText({ since, until }: TimeRange): string {
  const from = Number.isFinite(since) ? ` from ${new Date(since).toISOString()}` : ''
  const to = Number.isFinite(until) ? ` until ${new Date(until).toISOString()}` : ''
  return `${from}${to}`
}

/** `90m`, `2 days ago`. */
const AGO =
  /^(?<amount>\d+(?:\.\d+)?)\s*(?:(?<unit>[smhdw])|(?<long>sec|second|min|minute|hr|hour|day|week)s?)(?:\s+ago)?$/iu

const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3_600e3, d: 86_400e3, w: 604_800e3 }

/**
 * A time as people name it, in milliseconds since the Unix epoch: ISO 8601, of which one without a zone is in UTC; or
 * how long before `now` it was. Throws a `UsageError` that names the option.
 */
function timeOf(option: string, text: string, now: number): number {
  const words = text.trim()
  const ago = AGO.exec(words)?.groups
  if (ago !== undefined) {
    const unit = (ago['unit'] ?? ago['long'] ?? '').slice(0, 1).toLowerCase()
    // No span is from before the epoch, and what is much longer ago is no date.
    return Math.max(now - Number(ago['amount']) * (UNIT_MS[unit] ?? 0), 0)
  }
  if (words.toLowerCase() === 'now') return now
  const time = isoTimeOf(words)
  if (time !== undefined) return time
  throw new UsageError(`${option} takes a time such as 2026-11-24T09:00:00Z, or 2h ago; not "${printable(text)}"`)
}
