import { FACET_FIELDS, plainFields } from '../model/facet-fields.ts'
import type { FacetField } from '../model/facet-fields.ts'
import { ATTR, JAEGER_WARNINGS } from '../model/names.ts'
import { MAX_TEXT, shortened } from '../base/shortened.ts'

/** A value in a stamp. */
export type StampValue = string | boolean | readonly string[]

/**
 * A value cut to the app's limit on the length of attributes, with each entry of a list on its own. Names and texts
 * from people are shortened so that different ones stay different. Our own words are cut, as the SDK would cut them. A
 * value that would mean something else once cut is left out.
 */
export function fitted(key: string, value: StampValue, limit: number | undefined): StampValue | undefined {
  if (limit === undefined || limit >= MAX_TEXT || typeof value === 'boolean') return value
  if (typeof value !== 'string') return fittedList(key, value, limit)
  if (value.length <= limit) return value
  return WHOLE_OR_NOT.has(key) ? undefined : fittedText(key, value, limit)
}

/** Warnings are added to the existing ones, which may be ours and already cut. */
function fittedList(key: string, list: readonly string[], limit: number): readonly string[] {
  const fit = list.map((entry) => fittedText(key, entry, limit))
  return key === JAEGER_WARNINGS ? [...new Set(fit)] : fit
}

function fittedText(key: string, text: string, limit: number): string {
  return WORDS.has(key) ? text.slice(0, limit) : shortened(text, limit)
}

const WHOLE_OR_NOT: ReadonlySet<string> = new Set([
  ...fieldNames(({ form, whole }) => form === 'time' || whole),
  ATTR.action.binding,
])

const WORDS: ReadonlySet<string> = new Set([
  ...[ATTR.principal, ATTR.actor, ATTR.context, ATTR.intent].flatMap(({ assurance, source }) => [assurance, source]),
  ...fieldNames(({ form }) => form === 'word'),
  ATTR.outcome,
  ATTR.declaration.merges,
  ATTR.span.kind,
  ATTR.verdict,
  ATTR.findings,
  ATTR.allowed,
  ATTR.rewritten,
  ATTR.judge,
])

function fieldNames(isMeant: (field: FacetField) => boolean): readonly string[] {
  return FACET_FIELDS.flatMap(plainFields)
    .filter(isMeant)
    .map(({ name }) => name)
}
