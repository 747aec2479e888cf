import { identifyingNames, INTENT, namesOf, PRINCIPAL } from '../model/facet-fields.ts'
import { ATTR, SCRATCH_PREFIX } from '../model/names.ts'
import { attribute, cache, escaped, first, literal, resource, set } from './ottl.ts'
import type { Group } from './ottl.ts'
import { userGroup } from './resolution.ts'
import type { Rulebook } from './rulebook.ts'
import { INHERITED, USER } from './scratch.ts'
import { MAX_TEXT } from '../base/shortened.ts'

interface Inherited {
  readonly name: 'principal' | 'intent' | 'correlation'
  readonly keys: readonly string[]
  /** The first of these identifies it. If two differ within one trace, nothing is inherited. */
  readonly identifying: readonly string[]
}

const FACETS: readonly Inherited[] = [
  { name: 'principal', keys: namesOf(PRINCIPAL), identifying: identifyingNames(PRINCIPAL) },
  { name: 'intent', keys: namesOf(INTENT), identifying: identifyingNames(INTENT) },
  { name: 'correlation', keys: [ATTR.correlation.id], identifying: [ATTR.correlation.id] },
]

/**
 * The spans of one trace and one service share a resource once they are grouped. It serves as a board on which a span
 * posts what others lack.
 */
export function inheritanceGroups(book: Rulebook): readonly Group[] {
  const scratch = `^${escaped(SCRATCH_PREFIX)}`
  return [
    userGroup(book, 'span.name != nil'),
    { context: 'span', statements: [set(cache('user'), attribute(USER)), ...FACETS.flatMap(post)] },
    ...FACETS.map(takeGroup),
    { context: 'resource', statements: [`delete_matching_keys(resource.attributes, ${literal(scratch)})`] },
  ]
}

function board(name: string): string {
  return resource(SCRATCH_PREFIX + name)
}

function post({ name, keys, identifying }: Inherited): readonly string[] {
  const own = cache(name)
  const isFirst = [`${own} != nil`, `${board(name)} == nil`]
  const byUser = [`${cache('isUserLent')} == true`]
  const ofUser =
    name !== 'principal'
      ? []
      : [
          set(cache('isUserLent'), 'true', `${own} == nil`, `${cache('user')} != nil`),
          set(own, cache('user'), ...byUser),
          set(board(ATTR.principal.id), own, ...isFirst, ...byUser),
          set(board(ATTR.principal.type), '"human"', ...isFirst, ...byUser),
        ]
  return [
    ...first(name, identifying.map(attribute)),
    ...keys.map((key) => set(board(key), attribute(key), ...isFirst, `not ${isLong(attribute(key))}`)),
    ...ofUser,
    set(board(`${name}.differs`), 'true', `${own} != nil`, `${board(name)} != nil`, `${board(name)} != ${own}`),
    set(board(`${name}.differs`), 'true', isLong(own)),
    set(board(name), own, ...isFirst),
  ]
}

/** Long values aren't shared: they would be on every span of the trace. */
function isLong(value: string): string {
  return `(IsString(${value}) and Len(${value}) > ${MAX_TEXT})`
}

function takeGroup({ name, keys }: Inherited): Group {
  const lacksAll = keys.map((key) => `${attribute(key)} == nil`)
  const facet = name === 'correlation' ? undefined : ATTR[name]
  const isPosted = `${board(name)} != nil and ${board(`${name}.differs`)} == nil`
  const hasNone = name === 'principal' ? [`${attribute(USER)} == nil`] : []
  return {
    context: 'span',
    conditions: [[isPosted, ...hasNone, ...lacksAll].join(' and ')],
    statements: [
      ...keys.map((key) => set(attribute(key), board(key))),
      ...(facet === undefined
        ? []
        : [set(attribute(facet.assurance), '"inferred"'), set(attribute(facet.source), '"trace"')]),
      set(attribute(INHERITED), 'true'),
    ],
  }
}
