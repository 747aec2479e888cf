import type { Attributes, SpanShape } from './span.ts'

/*
 * What a recording says a second time and otherwise. Few recordings do, so that it's kept beside the spans: they stay
 * as small as they are. Both are forgotten with what they are about.
 */

const OTHERS = new WeakMap<SpanShape, readonly SpanShape[]>()
const REPEATED = new WeakMap<Attributes, Map<string, unknown[]>>()
/** Whether anything was ever noted, so that most recordings look nothing up. */
let isAnyNoted = false

/** Notes the other records of a span, which have the same ids and say something else. */
export function noteOtherRecords(span: SpanShape, others: readonly SpanShape[]): void {
  OTHERS.set(span, others)
  isAnyNoted = true
}

export function otherRecordsOf(span: SpanShape): readonly SpanShape[] {
  return (isAnyNoted ? OTHERS.get(span) : undefined) ?? NONE
}

const NONE: readonly SpanShape[] = []

/** More values of one attribute aren't kept: the first ones show that nobody can tell which counts. */
const MAX_VALUES = 8

/** Notes a value that an attribute was also given. */
export function noteRepeated(attributes: Attributes, key: string, value: unknown): void {
  const known = REPEATED.get(attributes) ?? new Map<string, unknown[]>()
  const values = known.get(key) ?? []
  if (values.length < MAX_VALUES) known.set(key, [...values, value])
  REPEATED.set(attributes, known)
  isAnyNoted = true
}

/** The values that attributes were also given, by key. */
export function repeatedIn(attributes: Attributes): ReadonlyMap<string, readonly unknown[]> | undefined {
  return isAnyNoted ? REPEATED.get(attributes) : undefined
}

/** Whether a recording may say anything a second time. */
export function mayRepeat(): boolean {
  return isAnyNoted
}
