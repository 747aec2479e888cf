import { count, printable } from '../terminal/text.ts'
import type { Wanted } from './jaeger-query.ts'

/** How many names a note lists. */
const MAX_NAMED = 10

/** Empty if they didn't have to be asked one by one. */
export function servicesText(services: readonly (string | undefined)[]): string {
  const names = services.filter((name) => name !== undefined)
  if (names.length < services.length) return ''
  const shown = names.slice(0, MAX_NAMED).map(printable).join(', ')
  const more = names.length > MAX_NAMED ? ', ...' : ''
  return ` in ${count(names.length, 'service')}${names.length === 0 ? '' : ` (${shown}${more})`}`
}

/** The attributes of a search, as text. */
export function wantedText(wanted: readonly Wanted[]): string {
  const [first] = wanted
  const keys = [...new Set(wanted.map(({ key }) => key))].join(', ')
  return `${keys} = ${printable(first?.text ?? '')}`
}
