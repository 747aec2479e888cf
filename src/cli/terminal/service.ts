import { ATTR_SERVICE_NAME, ATTR_TELEMETRY_SDK_LANGUAGE } from '@opentelemetry/semantic-conventions'
import type { SpanShape } from '../../model/span.ts'
import { textOf } from '../../base/attribute-value.ts'

/** The service that a span is from, or empty where its resource names none. */
export function serviceOf(span: SpanShape): string {
  return textOf(span.resource.attributes[ATTR_SERVICE_NAME]) ?? ''
}

/** The language of that service's SDK, as OpenTelemetry names it: `nodejs`, `python`. */
export function languageOf(span: SpanShape): string | undefined {
  return textOf(span.resource.attributes[ATTR_TELEMETRY_SDK_LANGUAGE])
}
