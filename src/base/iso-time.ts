/** ISO 8601 in its extended and its basic form, as people, PostgreSQL and other languages write it. */
const ISO_TIME =
  /^(?<year>\d{4})-?(?<month>\d\d)-?(?<day>\d\d)(?:[T ](?<hour>\d\d):?(?<minute>\d\d)(?::?(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?(?:Z|(?<sign>[+-])(?<hours>\d\d)(?::?(?<minutes>\d\d))?)?)?$/iu

/**
 * A time in milliseconds since the Unix epoch; undefined where the text is none. A time without a zone is taken for
 * UTC, so that a verdict does not depend on where it is made.
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

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}
