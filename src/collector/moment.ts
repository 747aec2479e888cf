import { cache, isMatch, replace, set } from './ottl.ts'
import type { TimeSlot } from './slots.ts'

/**
 * Reads an ISO 8601 time into the cache, as milliseconds since the Unix epoch. A time without a zone is read as UTC. A
 * value that isn't a time leaves nothing.
 */
export function moment(name: TimeSlot, value: string, ...where: readonly string[]): readonly string[] {
  const text = cache(`${name}Text`)
  const isOpen = `${cache(name)} == nil`
  return [
    set(text, `ToUpperCase(${value})`, isOpen, ...where, isMatch(value, ISO_TIME)),
    replace(text, ISO_TIME, '${1}-${2}-${3}T${4}:${5}:${6}.${7}z${8}'),
    replace(text, 'T::', 'T00:00:'),
    replace(text, ':\\.', ':00.'),
    replace(text, '\\.z', 'z'),
    replace(text, 'z(?:Z)?$', '+00:00'),
    replace(text, 'z([+-]\\d\\d)$', '${1}:00'),
    replace(text, 'z([+-]\\d\\d):?(\\d\\d)$', '${1}:${2}'),
    set(cache(name), `UnixMilli(Time(${text}, "%Y-%m-%dT%H:%M:%S%j"))`, isOpen, `${text} != nil`),
  ]
}

export function isDated(name: TimeSlot): string {
  return `${cache(name)} != nil`
}

/** ISO 8601 in its extended and basic form. */
const ISO_TIME =
  '(?i)^\\s*(\\d{4})-?(\\d\\d)-?(\\d\\d)(?:[T ](\\d\\d):?(\\d\\d)(?::?(\\d\\d)(?:[.,](\\d+))?)?(Z|[+-]\\d\\d(?::?\\d\\d)?)?)?\\s*$'
