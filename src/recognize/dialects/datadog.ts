import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const datadog: Vendor = {
  name: 'datadog',
  defined: 'https://github.com/DataDog/dd-trace-py',
  marks: [{ key: '_ml_obs.meta.span.kind', ...kinds() }],
  lateKeys: { conversation: ['_ml_obs.session_id'] },
  calledAfter: true,
}
