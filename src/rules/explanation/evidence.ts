import type { SpanShape } from '../../model/span.ts'
import type { ChainLink } from './chain.ts'
import { textOf } from '../stated.ts'

/** Where a value stands that a clause rests on. */
export interface Evidence {
  readonly traceId: string
  readonly spanId: string
  /** The attribute that holds the value; of the span's resource where `onResource`. Left out: the span's own fields. */
  readonly attribute?: string
  readonly onResource?: boolean
}

/**
 * The nearest place at or above a span that holds a value: its own attribute of the expected name, else any of its
 * attributes with that value, else the same of its ancestors, else of its resource, else the span as such.
 */
export function evidenceOf({ judged, lineage }: ChainLink, value: string | undefined, expected: string): Evidence {
  const { span } = judged
  if (value === undefined) return placeOf(span)
  for (const candidate of lineage()) {
    const attribute = attributeWith(candidate.attributes, value, expected)
    if (attribute !== undefined) return { ...placeOf(candidate), attribute }
  }
  const attribute = attributeWith(span.resource.attributes, value, expected)
  return attribute === undefined ? placeOf(span) : { ...placeOf(span), attribute, onResource: true }
}

function placeOf(span: SpanShape): Evidence {
  const { traceId, spanId } = span.spanContext()
  return { traceId, spanId }
}

function attributeWith(attributes: SpanShape['attributes'], value: string, expected: string): string | undefined {
  if (textOf(attributes[expected]) === value) return expected
  return Object.keys(attributes)
    .toSorted()
    .find((key) => textOf(attributes[key]) === value)
}
