import { SPAN_KINDS } from '../model/attribution.ts'
import { ATTR } from '../model/names.ts'
import { OPERATION_KEY } from '../recognize/dialects/marker.ts'
import type { Pattern, Marker } from '../recognize/dialects/marker.ts'
import { NAMED_SPANS, SYSTEM_KEYS } from '../recognize/dialects/named-spans.ts'
import type { NamedSpans } from '../recognize/dialects/named-spans.ts'
import {
  PRODUCER_KEYS,
  PRODUCER_SCOPES,
  PRODUCER_SCOPE_PREFIXES,
  PRODUCER_SYSTEMS,
  SHARED,
} from '../recognize/dialects/producer.ts'
import { MCP_CALL } from '../recognize/dialects/mcp.ts'
import { IGNORED } from '../recognize/dialects/ignored.ts'
import { LAST_ROWS, MARKERS } from '../recognize/dialects/table.ts'
import { MCP_METHOD_KEYS, NO_CALLS, WRITES } from '../recognize/recognize.ts'
import {
  all,
  any,
  attribute,
  cache,
  escaped,
  forget,
  isMatch,
  isOneOf,
  isVisible,
  literal,
  replace,
  set,
  when,
  whole,
} from './ottl.ts'
import type { Group } from './ottl.ts'
import { CLAIMED_KIND, DIALECT, MEANING, SETTLED, WORD } from './scratch.ts'

const KIND = attribute(ATTR.span.kind)
const NOTHING = 'nothing'
const IS_MEANT = [`${cache('meaning')} != nil`, `${cache('meaning')} != ${literal(NOTHING)}`]
const OPEN = `${attribute(MEANING)} == nil`

/** Finds out what each span is: first by marks, in the order of the table, then by names, then by producer. */
export function recognitionGroups(): readonly Group[] {
  const marked = MARKERS.slice(0, LAST_ROWS).flatMap(markerGroups)
  const last = MARKERS.slice(LAST_ROWS).flatMap(markerGroups)
  return [...marked, ...NAMED_SPANS.map(namedGroup), ...last, producerGroup(), settlingGroup()]
}

/** Skips spans that are already judged. */
export function passOver(): string {
  return set(attribute(MEANING), literal(SETTLED), `${attribute(ATTR.verdict)} != nil`)
}

/** Forms that several rows share are written once. The row leaves a word that it doesn't know for them. */
function markerGroups(marker: Marker): readonly Group[] {
  const shared = marker.forms === undefined ? undefined : SHARED_FORMS.get(marker.forms)
  return shared === undefined ? [markerGroup(marker, marker.forms ?? [])] : [markerGroup(marker, 'shared'), shared]
}

function markerGroup(marker: Marker, forms: readonly Pattern[] | 'shared'): Group {
  const value = attribute(marker.key)
  const text = marker.member === undefined ? value : `ParseJSON(${value})[${literal(marker.member)}]`
  const word = cache('word')
  return {
    context: 'span',
    conditions: [[`IsString(${value})`, OPEN, ...besideOf(marker), ...unlessOf(marker)].join(' and ')],
    statements: [
      set(word, text),
      replace(word, '([a-z0-9])([A-Z])', '${1}_${2}'),
      replace(word, '[^A-Za-z0-9]+', '_'),
      set(word, `ToLowerCase(Trim(${word}, "_"))`, isMatch(word, '[A-Za-z0-9]')),
      ...prefixStatements(marker.prefix),
      ...valueStatements(marker.values ?? {}),
      ...(forms === 'shared' ? leaveWord(marker.dialect) : formStatements(forms, word)),
      ...adopt(marker.dialect),
    ],
  }
}

function prefixStatements(prefix: string | undefined): readonly string[] {
  if (prefix === undefined) return []
  const word = cache('word')
  return [when(forget('word'), `not ${isMatch(word, `^${escaped(prefix)}`)}`), replace(word, `^${escaped(prefix)}`, '')]
}

function leaveWord(dialect: string): readonly string[] {
  const isUnknown = `${cache('meaning')} == nil`
  return [set(attribute(WORD), cache('word'), isUnknown), set(attribute(DIALECT), literal(dialect), isUnknown)]
}

const SHARED_FORMS: ReadonlyMap<readonly Pattern[], Group> = new Map(
  MARKERS.flatMap(({ forms }, index) =>
    forms !== undefined && MARKERS.findIndex((other) => other.forms === forms) < index
      ? [[forms, sharedGroup(forms)] as const]
      : [],
  ),
)

function sharedGroup(forms: readonly Pattern[]): Group {
  return {
    comment: 'What a word means that no dialect lists: the first form that matches decides.',
    context: 'span',
    conditions: [`${attribute(WORD)} != nil`],
    statements: [
      ...formStatements(forms, attribute(WORD)),
      set(attribute(MEANING), cache('meaning'), ...IS_MEANT),
      when(`delete_key(span.attributes, ${literal(WORD)})`),
    ],
  }
}

function besideOf({ onlyWith }: Marker): readonly string[] {
  if (onlyWith === undefined) return []
  const scopes = onlyWith.scopes === undefined ? [] : [isOneOf('scope.name', onlyWith.scopes)]
  return [any(...scopes, ...(onlyWith.keys ?? []).map((key) => `${attribute(key)} != nil`))]
}

function unlessOf({ key, unless }: Marker): readonly string[] {
  if (unless === undefined) return []
  return [
    any(`not ${isMatch('span.name', unless.named)}`, `HasSuffix(span.name, ${attribute(key)})`),
    `not ${isMatch(attribute(OPERATION_KEY), unless.operation)}`,
    ...unless.keys.map((key) => `${attribute(key)} == nil`),
  ]
}

function valueStatements(values: NonNullable<Marker['values']>): readonly string[] {
  return inverted(Object.entries(values)).map(([meaning, words]) =>
    set(cache('meaning'), literal(meaning), isOneOf(cache('word'), words)),
  )
}

/** The first form that matches decides. One without a meaning ends the search. */
function formStatements(forms: readonly Pattern[], text: string): readonly string[] {
  return forms.map(([form, meaning]) =>
    set(cache('meaning'), literal(meaning ?? NOTHING), `${cache('meaning')} == nil`, isMatch(text, form)),
  )
}

function adopt(dialect: string): readonly string[] {
  return [
    set(attribute(MEANING), cache('meaning'), ...IS_MEANT),
    set(attribute(DIALECT), literal(dialect), ...IS_MEANT),
  ]
}

function namedGroup({ dialect, scopes, systems, prefix, forms }: NamedSpans): Group {
  const ways = [
    ...(scopes === undefined ? [] : [isOneOf('scope.name', scopes)]),
    ...(systems === undefined ? [] : [isSystem(systems)]),
    ...(prefix === undefined ? [] : [isMatch('span.name', `^${escaped(prefix)}`)]),
  ]
  const isIts = any(...ways)
  return {
    context: 'span',
    conditions: [`${isIts} and ${OPEN}`],
    statements: [
      set(cache('spanName'), 'span.name'),
      ...(prefix === undefined ? [] : [replace(cache('spanName'), `^${escaped(prefix)}`, '')]),
      ...formStatements(forms, cache('spanName')),
      ...adopt(dialect),
    ],
  }
}

/** The first key that is there counts. */
function isSystem(systems: readonly string[]): string {
  return any(
    ...SYSTEM_KEYS.map((key, index) =>
      all(
        ...SYSTEM_KEYS.slice(0, index).map((before) => `${attribute(before)} == nil`),
        isOneOf(attribute(key), systems),
      ),
    ),
  )
}

function producerGroup(): Group {
  const open = `${cache('producer')} == nil`
  const by = (dialect: string, ...where: readonly string[]) => set(cache('producer'), literal(dialect), open, ...where)
  return {
    comment: 'Several producers write one convention: the most specific one that scope, keys or system show.',
    context: 'span',
    conditions: [isOneOf(attribute(DIALECT), [...SHARED])],
    statements: [
      ...inverted([...PRODUCER_SCOPES]).map(([dialect, names]) => by(dialect, isOneOf('scope.name', names))),
      ...PRODUCER_SCOPE_PREFIXES.map(([prefix, dialect]) => by(dialect, isMatch('scope.name', `^${escaped(prefix)}`))),
      ...PRODUCER_KEYS.map(([key, dialect]) => by(dialect, `${attribute(key)} != nil`)),
      ...SYSTEM_KEYS.toReversed().map((key) => set(cache('system'), attribute(key))),
      ...[...PRODUCER_SYSTEMS].map(([system, dialect]) => by(dialect, `${cache('system')} == ${literal(system)}`)),
      set(attribute(DIALECT), cache('producer')),
    ],
  }
}

function settlingGroup(): Group {
  const meaning = attribute(MEANING)
  const method = attribute('mcp.method.name')
  const operation = cache('operation')
  const forget = (...where: readonly string[]) => when(`delete_key(span.attributes, ${literal(MEANING)})`, ...where)
  return {
    comment:
      "A span that has a mark but ran nothing isn't an agent span: a log record, an MCP method other than tools/call, a write\nto a store. What a span states itself overrides its dialect, unless a stranger sent it.",
    context: 'span',
    conditions: [
      `${attribute(ATTR.verdict)} == nil and (${meaning} != nil or ${KIND} != nil or ${attribute(CLAIMED_KIND)} != nil)`,
    ],
    statements: [
      ...IGNORED.map(({ key, values }) =>
        forget(isOneOf(attribute(key), [...values]), 'span.end_time_unix_nano <= span.start_time_unix_nano'),
      ),
      forget(isVisible(method), `not ${isMatch(method, MCP_CALL)}`),
      ...MCP_METHOD_KEYS.map((key) => forget(isMatch(attribute(key), NO_CALLS))),
      set(operation, attribute('db.operation')),
      set(operation, attribute('db.operation.name')),
      forget(`${meaning} == "retriever"`, isMatch(operation, WRITES)),
      set(cache('statedKind'), `ToLowerCase(Trim(${KIND}))`, `IsString(${KIND})`),
      set(
        cache('statedKind'),
        `ToLowerCase(Trim(${attribute(CLAIMED_KIND)}))`,
        `${meaning} == nil`,
        `${attribute(CLAIMED_KIND)} != nil`,
      ),
      ...[ATTR.span.kind, CLAIMED_KIND].map((key) => `delete_key(span.attributes, ${literal(key)})`),
      set(KIND, cache('statedKind'), isMatch(cache('statedKind'), whole(SPAN_KINDS))),
      ...dialectStatements(meaning),
    ],
  }
}

function dialectStatements(meaning: string): readonly string[] {
  const dialect = attribute(ATTR.span.dialect)
  const isStated = `${KIND} != nil`
  const isOpen = `not ${isVisible(dialect)}`
  return [
    set(dialect, attribute(DIALECT), `${meaning} != nil`, any(`${KIND} == nil`, isOpen)),
    set(dialect, literal('none'), isStated, isOpen, `${KIND} == "effect"`),
    set(dialect, literal('attribution'), isStated, isOpen),
    set(KIND, '"agent"', `${KIND} == nil`, `${meaning} == "creation"`),
    set(KIND, meaning, `${KIND} == nil`, `${meaning} != nil`),
  ]
}

/** The values for each meaning. */
function inverted(
  entries: readonly (readonly [name: string, value: string])[],
): readonly [string, readonly string[]][] {
  const names = new Map<string, string[]>()
  for (const [name, value] of entries) names.set(value, [...(names.get(value) ?? []), name])
  return [...names]
}
