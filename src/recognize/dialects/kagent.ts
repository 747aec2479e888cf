import type { Vendor } from './vendor.ts'

/** Its processor writes these on every span of a request. */
export const kagent: Vendor = {
  name: 'kagent',
  defined: 'https://github.com/kagent-dev/kagent/blob/main/go/adk/pkg/telemetry/tracing.go',
  keys: { user: ['kagent.user_id'] },
}
