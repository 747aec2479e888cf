import type { SpanShape } from '../../model/span.ts'
import { processState } from '../health/process-state.ts'

/** How much the app lets a span hold. Undefined means no limit. */
export interface SpanLimits {
  /** For each text among the attributes of the span and its events, in UTF-16 code units. */
  readonly valueLength: number | undefined
  readonly events: number | undefined
  readonly attributesPerEvent: number | undefined
  readonly links: number | undefined
}

/**
 * The limits in force for a span. The SDK keeps them on the span, whether they were set in code or by the environment,
 * and has no API for them. A span from another maker has none there and gets those of the environment.
 */
export function limitsOf(span: SpanShape): SpanLimits {
  const own: unknown = Reflect.get(span, '_spanLimits')
  if (typeof own !== 'object' || own === null) return environmentLimits()
  const { latest } = state
  if (own === latest?.own) return latest.limits
  const limits = {
    valueLength: positive(Reflect.get(own, 'attributeValueLengthLimit')),
    events: count(Reflect.get(own, 'eventCountLimit')),
    attributesPerEvent: count(Reflect.get(own, 'attributePerEventCountLimit')),
    links: count(Reflect.get(own, 'linkCountLimit')),
  }
  state.latest = { own, limits }
  return limits
}

interface State {
  /** All spans of a tracer share one object, and most processes have one tracer provider. */
  latest: { readonly own: object; readonly limits: SpanLimits } | undefined
}

const state = processState<State>('span limits', () => ({ latest: undefined }))

function environmentLimits(): SpanLimits {
  const { env } = process
  const numberIn = (name: string) => (env[name]?.trim() ? Number(env[name]) : undefined)
  return {
    valueLength: positive(
      numberIn('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT') ?? numberIn('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'),
    ),
    events: count(numberIn('OTEL_SPAN_EVENT_COUNT_LIMIT')),
    attributesPerEvent: count(
      numberIn('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT') ?? numberIn('OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT'),
    ),
    links: count(numberIn('OTEL_SPAN_LINK_COUNT_LIMIT')),
  }
}

/** The SDK doesn't shorten anything to a length of zero or less. */
function positive(value: unknown): number | undefined {
  const limit = count(value)
  return limit === 0 ? undefined : limit
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value < Infinity ? Math.floor(value) : undefined
}
