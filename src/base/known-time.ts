import { isoTimeOf } from './iso-time.ts'

/**
 * A time as programs record it, in milliseconds since the Unix epoch: ISO 8601; seconds, milliseconds, microseconds or
 * nanoseconds since the epoch, in digits; or a date as in HTTP and mail headers. Undefined if it's none of them.
 */
export function knownTimeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return isoTimeOf(text) ?? epochTimeOf(text) ?? dateIn(text)
}

/** Whether there is a text that should be a time and isn't. */
export function isUnknownTime(text: string | undefined): boolean {
  return text !== undefined && knownTimeOf(text) === undefined
}

const EPOCH = /^(?<whole>\d{9,19})(?:\.(?<fraction>\d+))?$/u

/** Until the year 2286, the number of digits tells the unit. 14 of them are a date without separators. */
function epochTimeOf(text: string): number | undefined {
  const form = EPOCH.exec(text)?.groups
  if (form === undefined) return undefined
  const { whole = '', fraction = '0' } = form
  if (whole.length === COMPACT_DIGITS) return isoTimeOf(`${whole.slice(0, DAY_DIGITS)}T${whole.slice(DAY_DIGITS)}`)
  const unit = whole.length < 12 ? 1e3 : whole.length < 14 ? 1 : whole.length < 17 ? 1e-3 : 1e-6
  return Math.floor(Number(`${whole}.${fraction}`) * unit)
}

const [COMPACT_DIGITS, DAY_DIGITS] = [14, 8]

/** RFC 9110 (with its two obsolete forms), RFC 5322, and what JavaScript's `Date` shows itself as. */
const DATES: readonly RegExp[] = [
  /^(?:[a-z]{3,9},?\s+)?(?<day>\d{1,2})[\s-](?<month>[a-z]{3})[a-z]*[\s-](?<year>\d{4}|\d\d)\s+(?<clock>\d\d:\d\d(?::\d\d)?)\s*(?<zone>[+-]\d{4}|[a-z]{1,3})?$/iu,
  /^[a-z]{3}\s+(?<month>[a-z]{3})\s+(?<day>\d{1,2})\s+(?:(?<early>\d{4})\s+)?(?<clock>\d\d:\d\d:\d\d)\s*(?<zone>(?:GMT|UTC)?[+-]\d{4}|GMT|UTC)?(?:\s*\(.*\))?(?:\s+(?<year>\d{4}))?$/iu,
]

function dateIn(text: string): number | undefined {
  for (const form of DATES) {
    const { day = '', month = '', early, year = early, clock, zone = 'GMT' } = form.exec(text)?.groups ?? {}
    const at = MONTHS.indexOf(month.slice(0, 3).toLowerCase())
    const offset = offsetOf(zone)
    if (year === undefined || at === -1 || offset === undefined) continue
    const [wholeYear, wholeMonth] = [yearOf(year), String(at + 1).padStart(2, '0')]
    return isoTimeOf(`${wholeYear}-${wholeMonth}-${day.padStart(2, '0')}T${clock}${offset}`)
  }
  return undefined
}

const MONTHS: readonly string[] = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')

/** RFC 9110 and 5322: two digits are a year between 1970 and 2069. */
function yearOf(digits: string): string {
  if (digits.length > 2) return digits
  return Number(digits) < 70 ? `20${digits}` : `19${digits}`
}

function offsetOf(zone: string): string | undefined {
  const name = zone.toUpperCase()
  return /[+-]\d{4}$/u.exec(name)?.[0] ?? ZONES.get(name)
}

/** RFC 5322, section 4.3. */
const ZONES: ReadonlyMap<string, string> = new Map([
  ...['UT', 'UTC', 'GMT', 'Z'].map((name) => [name, '+0000'] as const),
  ['EST', '-0500'],
  ['EDT', '-0400'],
  ['CST', '-0600'],
  ['CDT', '-0500'],
  ['MST', '-0700'],
  ['MDT', '-0600'],
  ['PST', '-0800'],
  ['PDT', '-0700'],
])
