import type { AgentSpanKind } from '../../model/attribution.ts'
import type { SpanShape } from '../../model/span.ts'
import { memoize } from '../../base/memoize.ts'

/** `creation`: an agent is created rather than run. */
export type Meaning = Exclude<AgentSpanKind, 'effect'> | 'creation'

/**
 * A form of spelled values or of span names, and what it means. If undefined, it doesn't mark an agent span, but
 * another mark still may.
 */
export type Pattern = readonly [form: RegExp, meaning: Meaning | undefined]

/** One row of the table of dialects: an attribute that marks a dialect's spans, and what its values mean. */
export interface Marker {
  readonly dialect: string
  readonly key: string
  /** By value, spelled as `spelled` does. A value that neither `values` nor `forms` has doesn't mark anything. */
  readonly values?: Readonly<Record<string, Meaning>>
  /** For values that aren't listed. The first form that matches decides. RE2 supports all of these. */
  readonly forms?: readonly Pattern[]
  /** A key that others use too, or whose value says too little, counts only next to one of these. */
  readonly onlyWith?: Beside
  /** What shows that the span is something else, although it has the key. */
  readonly unless?: Unless
  /** The value is a JSON object, and the mark is this member of it. */
  readonly member?: string
  /** Only values that begin like this, as spelled, count. What follows is the value. */
  readonly prefix?: string
}

interface Beside {
  readonly scopes?: readonly string[]
  readonly keys?: readonly string[]
}

/** RE2 supports the expressions. */
interface Unless {
  readonly keys: readonly string[]
  /** What the span is called, if the name doesn't end in the key's value: a tool may be called `list_issues`. */
  readonly named: RegExp
  /** An operation that doesn't run anything: it manages what runs, or hands over a result. */
  readonly operation: RegExp
}

/** What a row says about a span. Undefined if it says that the span isn't an agent span, or doesn't say anything. */
export function meaningOf(marker: Marker, span: SpanShape): Meaning | undefined {
  const value = span.attributes[marker.key]
  if (value === undefined) return undefined
  const text = marker.member === undefined ? value : memberOf(value, marker.member)
  if (typeof text !== 'string' || text.trim() === '') return undefined
  if (marker.onlyWith !== undefined && !isBeside(marker.onlyWith, span)) return undefined
  if (marker.unless !== undefined && isOtherwise(marker.unless, text, span)) return undefined
  const spelling = afterPrefix(spelled(text), marker.prefix)
  if (spelling === undefined) return undefined
  if (marker.values !== undefined && Object.hasOwn(marker.values, spelling)) return marker.values[spelling]
  return formOf(marker.forms, spelling)
}

export function formOf(forms: readonly Pattern[] | undefined, text: string): Meaning | undefined {
  return forms?.find(([form]) => form.test(text))?.[1]
}

/** One spelling for `TextCompletion`, `TEXT_COMPLETION`, `text.completion` and, in quotes, `"text-completion"`. */
export const spelled = memoize((value) =>
  value
    .replaceAll(/([a-z0-9])([A-Z])/gu, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '_')
    .replaceAll(/^_|_$/gu, ''),
)

function afterPrefix(spelling: string, prefix = ''): string | undefined {
  return spelling.startsWith(prefix) ? spelling.slice(prefix.length) : undefined
}

function isBeside({ scopes, keys }: Beside, span: SpanShape): boolean {
  if (scopes?.includes(span.instrumentationScope.name) === true) return true
  return keys?.some((key) => span.attributes[key] !== undefined) === true
}

function isOtherwise({ keys, named, operation }: Unless, value: string, { name, attributes }: SpanShape): boolean {
  const said = attributes[OPERATION_KEY]
  const isNamedOtherwise = named.test(name) && !name.endsWith(value)
  if (isNamedOtherwise || (typeof said === 'string' && operation.test(said))) return true
  return keys.some((key) => attributes[key] !== undefined)
}

export const OPERATION_KEY = 'gen_ai.operation.name'

/** A member of the JSON object in a text. Undefined if it isn't one. */
export function memberOf(value: unknown, member: string): unknown {
  if (typeof value !== 'string') return undefined
  try {
    const parsed: unknown = JSON.parse(value)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>)[member] : undefined
  } catch {
    return undefined
  }
}
