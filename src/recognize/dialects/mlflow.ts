import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const mlflow: Vendor = {
  name: 'mlflow',
  defined: 'https://github.com/mlflow/mlflow',
  marks: [{ key: 'mlflow.spanType', ...kinds({ parser: 'workflow' }) }],
  keys: { user: ['mlflow.trace.user'] },
  lateKeys: { conversation: ['mlflow.trace.session'] },
  calledAfter: true,
}
