import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import type { SpanShape } from '../../model/span.ts'
import { textOf } from '../../base/attribute-value.ts'

/** The service that a span is from, or empty where its resource names none. */
export function serviceOf(span: SpanShape): string {
  return textOf(span.resource.attributes[ATTR_SERVICE_NAME]) ?? ''
}
