import { kinds } from './kind-words.ts'
import type { Vendor } from './vendor.ts'

export const langfuse: Vendor = {
  name: 'langfuse',
  defined: 'https://langfuse.com/integrations/native/opentelemetry',
  marks: [{ key: 'langfuse.observation.type', ...kinds() }],
  producer: { scopes: ['langfuse-sdk'] },
  keys: { user: ['langfuse.user.id'], conversation: ['langfuse.session.id'] },
  metadata: ['langfuse.trace.metadata'],
  associations: ['langfuse.trace.metadata.'],
  calledAfter: true,
}
