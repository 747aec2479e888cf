import { ATTR_SERVICE_NAME, ATTR_TELEMETRY_SDK_LANGUAGE } from '@opentelemetry/semantic-conventions'
import type { SpanShape } from '../../model/span.ts'
import { textOf } from '../../base/attribute-value.ts'
import { withoutSecrets } from '../../base/secret.ts'

/** The service that a span is from, or empty where its resource names none. */
export function serviceOf(span: SpanShape): string {
  return withoutSecrets(textOf(span.resource.attributes[ATTR_SERVICE_NAME]) ?? '')
}

/** The name of a span, without the secrets in it: some instrumentations put a whole URL there. */
export function nameOfSpan({ name }: Pick<SpanShape, 'name'>): string {
  return withoutSecrets(name)
}

/** The language of that service's SDK, as OpenTelemetry names it: `nodejs`, `python`. */
export function languageOf(span: SpanShape): string | undefined {
  return textOf(span.resource.attributes[ATTR_TELEMETRY_SDK_LANGUAGE])
}
