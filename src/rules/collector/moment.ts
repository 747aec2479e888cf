import { cache, isMatch, replace, set } from './ottl.ts'

/**
 * Reads an ISO 8601 time into the cache, as milliseconds since the Unix epoch: a time without a zone is taken for UTC.
 * What is no time leaves nothing.
 */
export function moment(name: string, value: string, ...where: readonly string[]): readonly string[] {
  const text = cache(`${name}.text`)
  const isOpen = `${cache(name)} == nil`
  return [
    set(text, `ToUpperCase(Trim(${value}))`, isOpen, ...where, isMatch(value, ISO_TIME)),
    replace(text, '^(\\d{4}-\\d\\d-\\d\\d)$', '${1}T00:00:00Z'),
    replace(text, '^(.{10}) ', '${1}T'),
    replace(text, '^(.{10}T\\d\\d:\\d\\d)(Z|[+-].*)?$', '${1}:00${2}'),
    replace(text, '^(.{10}T[\\d:.]+)$', '${1}Z'),
    replace(text, 'Z$', '+00:00'),
    replace(text, '([+-]\\d\\d)(\\d\\d)$', '${1}:${2}'),
    set(cache(name), `UnixMilli(Time(${text}, "%Y-%m-%dT%H:%M:%S%j"))`, isOpen, `${text} != nil`),
  ]
}

export function isDated(name: string): string {
  return `${cache(name)} != nil`
}

const ISO_TIME =
  '(?i)^\\s*\\d{4}-\\d\\d-\\d\\d(?:[T ]\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d+)?)?(?:Z|[+-]\\d\\d:?\\d\\d)?)?\\s*$'
