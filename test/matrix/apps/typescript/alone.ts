// A TypeScript app that holds the API of OpenTelemetry and none of its SDK packages.
import { AttributionSpanProcessor, onBehalfOf } from 'onbehalf'

export const processor = new AttributionSpanProcessor()
export const answer: number = onBehalfOf({ principal: 'kai@contoso.com' }, () => 42)
