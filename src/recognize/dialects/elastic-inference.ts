import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

/** Kibana's own agents. They write the conventions too, but not on every span. */
export const elasticInference: Vendor = {
  name: 'elastic-inference',
  defined: 'https://github.com/elastic/kibana/tree/main/x-pack/platform/packages/shared/kbn-inference-tracing',
  marks: [{ key: 'elastic.inference.span.kind', ...kinds() }],
}
