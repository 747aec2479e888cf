import { NAMED_SPANS } from './named-spans.ts'
import { PRODUCER_KEYS, PRODUCER_SCOPE_PREFIXES, PRODUCER_SCOPES, PRODUCER_SYSTEMS } from './producer.ts'
import { MARKERS } from './table.ts'

/** Every dialect that has a name, sorted, and the two names that mean there isn't one. */
export const DIALECTS: readonly string[] = known()

/** The dialect as a metric label. An app may state any dialect, and each would create its own series. */
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
