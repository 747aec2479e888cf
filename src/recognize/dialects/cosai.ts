import type { Vendor } from './vendor.ts'

export const cosai: Vendor = {
  name: 'cosai',
  defined: 'https://github.com/girdav01/AITF',
  // A question whether something may be done. Asking isn't an act, though it often goes out to a policy engine.
  names: [{ prefix: 'identity.authz', forms: [[/^(?: |$)/u, 'guardrail']] }],
  decisions: ['identity.authz.', 'aitf.identity.authz.'].map((prefix) => ({
    key: `${prefix}decision`,
    of: 'act',
    policy: [`${prefix}policy_id`],
    version: [`${prefix}policy_version`],
  })),
}
