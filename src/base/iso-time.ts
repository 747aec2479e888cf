/** Clocks of different machines may differ by this much before an order of events counts as wrong. */
export const SKEW_MS = 1_000

/** ISO 8601 in its extended and basic formats, as people, PostgreSQL and other languages write it. */
const ISO_TIME =
  /^(?<year>\d{4})-?(?<month>\d\d)-?(?<day>\d\d)(?:[T ](?<hour>\d\d):?(?<minute>\d\d)(?::?(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?(?:Z|(?<sign>[+-])(?<hours>\d\d)(?::?(?<minutes>\d\d))?)?)?$/iu

/**
 * A time in milliseconds since the Unix epoch, or undefined if the text isn't a time. A time without a zone counts as
 * UTC, so that a verdict doesn't depend on where it's reached.
 */
export function isoTimeOf(text: string | undefined): number | undefined {
  const form = text === undefined ? undefined : ISO_TIME.exec(text)?.groups
  if (form === undefined) return undefined
  const { year, month, day, hour = '00', minute = '00', second = '00', fraction = '' } = form
  const { sign = '+', hours = '00', minutes = '00' } = form
  if (Number(day) > daysIn(Number(year), Number(month))) return undefined
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0')
  const time = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${sign}${hours}:${minutes}`,
  )
  return Number.isNaN(time) ? undefined : time
}

/** `Date.parse` reads February 30 as March 2. */
function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}
