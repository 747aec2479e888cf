export { JudgedSpans } from './testing/judged-spans.ts'
export { attributionMatchers } from './testing/attribution-matchers.ts'
export type { AttributionMatchers } from './testing/attribution-matchers.ts'
export type { AsymmetricMatcher, ExpectedAttribution, ExpectedIdentity } from './testing/expected-attribution.ts'
