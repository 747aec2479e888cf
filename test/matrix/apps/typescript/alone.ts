// A TypeScript app that holds the API of OpenTelemetry and none of its SDK packages.
import { AttributionSpanProcessor, onBehalfOf } from 'onbehalf'
import { attributionMatchers, JudgedSpans } from 'onbehalf/testing'

export const processor = new AttributionSpanProcessor()
export const answer: number = onBehalfOf({ principal: 'kai@contoso.com' }, () => 42)

export const spans = new JudgedSpans({ profile: 'strict' }).spans()
export const matchers: object = attributionMatchers
