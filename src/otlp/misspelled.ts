/** What a request consists of, each with the names of what is read of it. */
export type Level = 'request' | 'group' | 'scopeGroup' | 'span'

/** As OTLP spells them, now or before. */
const NAMES: Readonly<Record<Level, readonly string[]>> = {
  request: ['resourceSpans', 'resource_spans', 'batches'],
  group: ['resource', 'scopeSpans', 'scope_spans', 'instrumentationLibrarySpans'],
  scopeGroup: ['scope', 'spans', 'instrumentationLibrary'],
  span: [
    'traceId',
    'spanId',
    'parentSpanId',
    'startTimeUnixNano',
    'endTimeUnixNano',
    'trace_id',
    'span_id',
    'parent_span_id',
    'start_time_unix_nano',
    'end_time_unix_nano',
    'name',
    'kind',
    'flags',
    'status',
    'attributes',
    'Attributes',
  ],
}

/** What else a span holds. Only there to be passed over quickly. */
const UNREAD = ['events', 'links', 'traceState', 'droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount']

const KNOWN = new Map(Object.entries(NAMES).map(([level, names]) => [level, new Set([...names, ...UNREAD])]))
const PLAIN = new Map(Object.entries(NAMES).map(([level, names]) => [level, new Set(names.map(plain))]))

/**
 * Whether a key is spelled almost like one that is read, or holds spans by a name that OTLP doesn't know. What stands
 * under it is passed over, and nobody who wrote it means that.
 */
export function isMisspelled(key: string, level: Level): boolean {
  if (KNOWN.get(level)?.has(key) === true) return false
  const name = plain(key)
  return PLAIN.get(level)?.has(name) === true || (HOLDING_SPANS.has(level) && name.endsWith('spans'))
}

const HOLDING_SPANS: ReadonlySet<Level> = new Set<Level>(['group', 'scopeGroup'])

function plain(key: string): string {
  return key.replaceAll(/[_\s-]/gu, '').toLowerCase()
}

/** The keys that are spelled almost like one that is read. */
export function misspelledIn(owner: object, level: Level): readonly string[] {
  let found: string[] | undefined
  for (const key in owner) if (isMisspelled(key, level)) (found ??= []).push(key)
  return found ?? NONE
}

const NONE: readonly string[] = []

export const MISSPELLED = 'OTLP spells this otherwise, so that it is passed over'
