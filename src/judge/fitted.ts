import { FACET_FIELDS, plainFields } from '../model/facet-fields.ts'
import type { FacetField } from '../model/facet-fields.ts'
import { ATTR, JAEGER_WARNINGS } from '../model/names.ts'
import { MAX_TEXT, shortened } from '../base/shortened.ts'

/** What a stamp is made of. */
export type StampValue = string | boolean | readonly string[]

/**
 * A value as the app's limit on the length of attributes lets it stand, each entry of a list by itself. Names and words
 * of people are shortened so that two of them stay two. A word of ours is cut, as the SDK would cut it. What means
 * something else once it is cut is left out.
 */
export function fitted(key: string, value: StampValue, limit: number | undefined): StampValue | undefined {
  if (limit === undefined || limit >= MAX_TEXT || typeof value === 'boolean') return value
  if (typeof value !== 'string') return fittedList(key, value, limit)
  if (value.length <= limit) return value
  return WHOLE_OR_NOT.has(key) ? undefined : fittedText(key, value, limit)
}

/** Warnings are added to those that are there, which may be ours, and cut. */
function fittedList(key: string, list: readonly string[], limit: number): readonly string[] {
  const fit = list.map((entry) => fittedText(key, entry, limit))
  return key === JAEGER_WARNINGS ? [...new Set(fit)] : fit
}

function fittedText(key: string, text: string, limit: number): string {
  return WORDS.has(key) ? text.slice(0, limit) : shortened(text, limit)
}

const WHOLE_OR_NOT: ReadonlySet<string> = new Set(fieldNames(({ form, derived }) => form === 'time' || derived))

const WORDS: ReadonlySet<string> = new Set([
  ...[ATTR.principal, ATTR.actor, ATTR.context, ATTR.intent].flatMap(({ assurance, source }) => [assurance, source]),
  ...fieldNames(({ form }) => form === 'word'),
  ATTR.outcome,
  ATTR.declaration.merges,
  ATTR.span.kind,
  ATTR.verdict,
  ATTR.findings,
  ATTR.judge,
])

function fieldNames(isMeant: (field: FacetField) => boolean): readonly string[] {
  return FACET_FIELDS.flatMap(plainFields)
    .filter(isMeant)
    .map(({ name }) => name)
}
