import { getHeapStatistics } from 'node:v8'
import type { SpanShape } from '../model/span.ts'

/**
 * What a window may hold, in bytes as `weightOf` estimates them: a quarter of the memory that Node may use, because
 * reading and judging need the rest.
 */
export function windowBytes(): number {
  return getHeapStatistics().heap_size_limit / SHARE
}

const SHARE = 4

/** Estimates how many bytes a span takes, without its resource and scope. Rather too many than too few. */
export function weightOf({ name, attributes }: SpanShape): number {
  return SPAN + textWeight(name) + attributesWeight(attributes)
}

/** The same for what many spans share. */
export function originWeight({ resource, instrumentationScope: { name, version = '' } }: SpanShape): number {
  return textWeight(name) + textWeight(version) + attributesWeight(resource.attributes)
}

/** A span with its ids, and its places in the lists that hold it. */
const SPAN = 400
/** A string without its characters, and an object or list without its entries. */
const HEAD = 24
/** A place in an object or a list, with the key, which may be new, and its part of the object's layout. */
const PLACE = 48
const ENTRY = 16

function attributesWeight(attributes: SpanShape['attributes']): number {
  let weight = HEAD
  for (const key in attributes) weight += PLACE + key.length + valueWeight(attributes[key])
  return weight
}

function valueWeight(value: unknown): number {
  if (typeof value === 'string') return textWeight(value)
  if (typeof value !== 'object' || value === null) return 0
  if (!Array.isArray(value)) return attributesWeight(value as SpanShape['attributes'])
  return value.reduce((sum: number, entry) => sum + ENTRY + valueWeight(entry), HEAD)
}

/** A character takes two bytes where any of the text isn't Latin. */
function textWeight(text: string): number {
  return HEAD + 2 * text.length
}
