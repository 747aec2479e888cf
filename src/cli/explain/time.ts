import { printable } from '../text.ts'
import { UsageError } from '../usage-error.ts'

/** ISO 8601: a day, or a time with or without a zone. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?<zone>Z|[+-]\d\d:?\d\d)?)?$/iu
/** `90m`, `2 days ago`. */
const AGO = /^(?<amount>\d+(?:\.\d+)?)\s*(?<unit>s|m|h|d|w)[a-z]*(?:\s+ago)?$/iu

const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3_600e3, d: 86_400e3, w: 604_800e3 }

/**
 * A time as people name it, in milliseconds since the Unix epoch: ISO 8601, of which one without a zone is in UTC; or
 * how long before `now` it was. Throws a `UsageError` that names the option.
 */
export function timeOf(option: string, text: string, now: number): number {
  const words = text.trim()
  const ago = AGO.exec(words)?.groups
  if (ago !== undefined) return now - Number(ago['amount']) * (UNIT_MS[ago['unit']?.toLowerCase() ?? ''] ?? 0)
  if (words.toLowerCase() === 'now') return now
  const time = isoTime(words)
  if (time !== undefined) return time
  throw new UsageError(`${option} takes a time such as 2026-11-24T09:00:00Z, or 2h ago; not "${printable(text)}"`)
}

function isoTime(text: string): number | undefined {
  const form = ISO_TIME.exec(text)
  if (form === null) return undefined
  const isBare = text.length > 'YYYY-MM-DD'.length && form.groups?.['zone'] === undefined
  const time = Date.parse(isBare ? `${text}Z` : text)
  return Number.isNaN(time) ? undefined : time
}
