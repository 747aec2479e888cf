import type { SpanShape } from '../model/span.ts'
import type { ChainLink } from './chain.ts'
import { factOf } from '../base/attribute-value.ts'

/** The place of a value that a clause rests on. */
export interface Evidence {
  readonly traceId: string
  readonly spanId: string
  /** The attribute with the value. It is one of the span's resource if `onResource` is set. */
  readonly attribute?: string
  readonly onResource?: boolean
  /** If no attribute has the value: the field of the span that does. */
  readonly field?: 'name' | 'status' | 'scope'
}

/**
 * The nearest place at or above a span that has a value: the attribute with the expected name, on the span, its
 * ancestors or its resource; else any attribute with that value, in the same order; else the span's own fields.
 */
export function evidenceOf(link: ChainLink, value: string | undefined, expected: string): Evidence {
  const { span } = link.judged
  if (value === undefined) return placeOf(span)
  const isExpected = (attributes: SpanShape['attributes']) =>
    factOf(attributes[expected]) === value ? expected : undefined
  const isAny = (attributes: SpanShape['attributes']) =>
    Object.keys(attributes)
      .toSorted()
      .find((key) => factOf(attributes[key]) === value)
  return attributeWith(link, isExpected) ?? attributeWith(link, isAny) ?? fieldWith(link, value)
}

/** A field of the span itself. */
export function fieldOf({ judged }: ChainLink, field: NonNullable<Evidence['field']>): Evidence {
  return { ...placeOf(judged.span), field }
}

function placeOf(span: SpanShape): Evidence {
  const { traceId, spanId } = span.spanContext()
  return { traceId, spanId }
}

function attributeWith(
  { judged: { span }, lineage }: ChainLink,
  find: (attributes: SpanShape['attributes']) => string | undefined,
): Evidence | undefined {
  for (const candidate of lineage()) {
    const attribute = find(candidate.attributes)
    if (attribute !== undefined) return { ...placeOf(candidate), attribute }
  }
  const attribute = find(span.resource.attributes)
  return attribute === undefined ? undefined : { ...placeOf(span), attribute, onResource: true }
}

/** Some dialects put an agent's or tool's name in the span's name, and some in its scope's name. */
function fieldWith({ judged: { span }, lineage }: ChainLink, value: string): Evidence {
  for (const candidate of lineage()) {
    if (candidate.name.includes(value)) return { ...placeOf(candidate), field: 'name' }
    if (candidate.instrumentationScope.name.includes(value)) return { ...placeOf(candidate), field: 'scope' }
  }
  return placeOf(span)
}
