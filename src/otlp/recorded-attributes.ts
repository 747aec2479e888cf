import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import { isSameValue } from '../base/attribute-value.ts'
import { noteRepeated, repeatedIn } from '../model/other-records.ts'
import type { Attributes } from '../model/span.ts'
import { memoizeRecent, intern } from '../base/intern.ts'
import { shortened } from '../base/shortened.ts'
import { isRecord } from './unreadable.ts'

/**
 * Longer text is cut, and anything deeper is dropped, so that a window of spans has a bounded size. No rule reads that
 * far.
 */
const MAX_TEXT = 4_096
export const MAX_DEPTH = 8

/**
 * Attributes without a prototype, so that no key of a span has a special meaning. Made by a constructor rather than by
 * `Object.create`, so that spans of one instrumentation share one layout, which is smaller and faster.
 */
export const AttributeBag = function AttributeBag() {} as unknown as new () => Record<string, unknown>
Object.defineProperty(AttributeBag, 'prototype', { value: Object.create(null) as object })

/** What models were told and said, and what tools were given. It's most of every recording, and no rule reads it. */
const BULK = new RegExp(
  `^(?:${[
    String.raw`gen_ai\.(?:prompt|completion|input\.messages|output\.messages|system_instructions)`,
    String.raw`gen_ai\.tool\.(?:definitions|call\.(?:arguments|result))`,
    String.raw`llm\.(?:input_messages|output_messages|prompts|completions|tools|invocation_parameters)`,
    String.raw`ai\.(?:prompt|response\.(?:text|object|toolCalls|reasoning)|toolCall\.(?:args|result)|schema)`,
    String.raw`(?:traceloop\.entity|langfuse\.(?:observation|trace)|langwatch|mastra)\.(?:input|output)`,
    String.raw`gcp\.vertex\.agent\.(?:llm_request|llm_response)`,
    String.raw`genkit:(?:input|output)`,
    String.raw`(?:input|output)\.value|retrieval\.documents`,
  ].join('|')})(?:[._]|$)`,
  'u',
)

/** The key in the form in which V8 keeps property names, so that V8 needn't look it up again. Undefined for bulk. */
export const nameOf = memoizeRecent((key) => (BULK.test(key) ? undefined : Object.keys({ [key]: true })[0]))

/** If the text is a facet, it's shortened the same way as in the process that recorded it. */
export function textOf(text: string): string {
  return text.length > MAX_TEXT ? shortened(text, MAX_TEXT) : intern(text)
}

/** Sets an attribute. If it was given before with another value, that one is noted too: the last one counts. */
export function putAttribute(attributes: Record<string, unknown>, name: string, value: unknown): void {
  if (name in attributes && !isSameValue(attributes[name], value)) noteRepeated(attributes, name, attributes[name])
  attributes[name] = value
}

/** What various versions of Jaeger call a service that the span doesn't name. No real service has these names. */
const MADE_UP_SERVICES: ReadonlySet<unknown> = new Set([
  'OTLPResourceNoServiceName',
  'missing-service-name',
  'empty-service-name',
  'service-name-wrong-type',
])

/** A resource without a service name that Jaeger made up. */
export function resourceFrom(attributes: Record<string, unknown>): { readonly attributes: Attributes } {
  if (MADE_UP_SERVICES.has(attributes[ATTR_SERVICE_NAME])) attributes[ATTR_SERVICE_NAME] = undefined
  return { attributes }
}

/** Attributes given as the members of an object, with JSON values. */
export function attributesFrom(members: unknown): Record<string, unknown> {
  const attributes = new AttributeBag()
  if (!isRecord(members)) return attributes
  const repeated = repeatedIn(members)
  for (const key of Object.keys(members)) {
    const name = nameOf(key)
    if (name === undefined) continue
    for (const value of repeated?.get(key) ?? []) putAttribute(attributes, name, valueFrom(value))
    putAttribute(attributes, name, valueFrom(members[key]))
  }
  return attributes
}

/** A JSON value, as far as an OTLP span can hold it. Null isn't a value. */
export function valueFrom(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return textOf(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (depth > MAX_DEPTH) return undefined
  if (Array.isArray(value)) return value.map((entry: unknown) => valueFrom(entry, depth + 1))
  return isRecord(value) ? mapFrom(value, depth) : undefined
}

function mapFrom(members: Readonly<Record<string, unknown>>, depth: number): unknown {
  const map = Object.create(null) as Record<string, unknown>
  for (const key of Object.keys(members)) map[key] = valueFrom(members[key], depth + 1)
  return map
}
