import { isoTimeOf } from '../../base/iso-time.ts'
import { printable } from '../terminal/text.ts'
import { UsageError } from '../terminal/usage-error.ts'

/** `90m`, `2 days ago`. */
const AGO =
  /^(?<amount>\d+(?:\.\d+)?)\s*(?:(?<unit>[smhdw])|(?<long>sec|second|min|minute|hr|hour|day|week)s?)(?:\s+ago)?$/iu

const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3_600e3, d: 86_400e3, w: 604_800e3 }

/**
 * A time as people write it, in milliseconds since the Unix epoch: ISO 8601, in UTC if it has no zone; or how long
 * before `now` it was. Throws a `UsageError` that names the option.
 */
export function timeOf(option: string, text: string, now: number): number {
  const words = text.trim()
  const ago = AGO.exec(words)?.groups
  if (ago !== undefined) {
    const unit = (ago['unit'] ?? ago['long'] ?? '').slice(0, 1).toLowerCase()
    // No span is from before the epoch, and anything much earlier isn't a valid date.
    return Math.max(now - Number(ago['amount']) * (UNIT_MS[unit] ?? 0), 0)
  }
  if (words.toLowerCase() === 'now') return now
  const time = isoTimeOf(words)
  if (time !== undefined) return time
  throw new UsageError(`${option} takes a time such as 2026-11-24T09:00:00Z, or 2h ago, not "${printable(text)}"`)
}
