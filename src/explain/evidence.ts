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
 * ancestors or its resource; else any attribute with that value, in the same order; else a field of the span or of one
 * of its 100 nearest ancestors.
 */
export function evidenceOf(link: ChainLink, value: string | undefined, expected: string): Evidence {
  const { span } = link.judged
  if (value === undefined) return placeOf(span)
  return attributeWith(link, value, expected) ?? attributeWith(link, value) ?? fieldWith(link, value)
}

/** A field of the span itself. */
export function fieldOf({ judged }: ChainLink, field: NonNullable<Evidence['field']>): Evidence {
  return { ...placeOf(judged.span), field }
}

function placeOf(span: SpanShape): Evidence {
  const { traceId, spanId } = span.spanContext()
  return { traceId, spanId }
}

/** How many spans are looked at one by one. Almost every value is on one of them. */
const NEAR = 100

/** The attribute with the key, or else any. */
function attributeWith(link: ChainLink, value: string, key?: string): Evidence | undefined {
  const place = placeAbove(link, value, key)
  if (place !== undefined) return place
  const { span } = link.judged
  const attribute = keyWith(span.resource.attributes, value, key)
  return attribute === undefined ? undefined : { ...placeOf(span), attribute, onResource: true }
}

function placeAbove({ lineage, witnesses }: ChainLink, value: string, key: string | undefined): Evidence | undefined {
  let looked = 0
  for (const candidate of lineage()) {
    const holder = looked < NEAR ? candidate : witnesses.nearest(candidate, value, key)
    const attribute = holder === undefined ? undefined : keyWith(holder.attributes, value, key)
    if (holder !== undefined && attribute !== undefined) return { ...placeOf(holder), attribute }
    looked += 1
    if (looked > NEAR) return undefined
  }
  return undefined
}

/** The first in order of the alphabet, if none is asked for. */
function keyWith(attributes: SpanShape['attributes'], value: string, key: string | undefined): string | undefined {
  if (key !== undefined) return factOf(attributes[key]) === value ? key : undefined
  let first: string | undefined
  for (const name of Object.keys(attributes)) {
    if ((first === undefined || name < first) && factOf(attributes[name]) === value) first = name
  }
  return first
}

/** Some dialects put an agent's or tool's name in the span's name, and some in its scope's name. */
function fieldWith({ judged: { span }, lineage }: ChainLink, value: string): Evidence {
  let looked = 0
  for (const candidate of lineage()) {
    if (candidate.name.includes(value)) return { ...placeOf(candidate), field: 'name' }
    if (candidate.instrumentationScope.name.includes(value)) return { ...placeOf(candidate), field: 'scope' }
    looked += 1
    if (looked === NEAR) break
  }
  return placeOf(span)
}
