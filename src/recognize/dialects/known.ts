import { NAMED_SPANS } from './named-spans.ts'
import { PRODUCER_KEYS, PRODUCER_SCOPE_PREFIXES, PRODUCER_SCOPES, PRODUCER_SYSTEMS } from './producer.ts'
import { MARKERS } from './table.ts'

/** Every dialect that there is a word for, sorted, with the two that stand for none. */
export const DIALECTS: readonly string[] = known()

/** What counts as dialect in a metric: an app may state any, and each would be a series of its own. */
export function dialectLabel(dialect: string): string {
  return KNOWN.has(dialect) ? dialect : OTHER_DIALECT
}

export const OTHER_DIALECT = 'other'

const KNOWN: ReadonlySet<string> = new Set(DIALECTS)

function known(): readonly string[] {
  const producers = [...PRODUCER_SCOPES, ...PRODUCER_SCOPE_PREFIXES, ...PRODUCER_KEYS, ...PRODUCER_SYSTEMS]
  const marked = [...MARKERS, ...NAMED_SPANS].map(({ dialect }) => dialect)
  return [...new Set([...marked, ...producers.map(([, dialect]) => dialect), 'attribution', 'none'])].toSorted()
}
