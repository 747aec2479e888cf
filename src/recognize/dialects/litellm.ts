import type { Vendor } from './vendor.ts'

export const litellm: Vendor = {
  name: 'litellm',
  defined: 'https://github.com/BerriAI/litellm',
  keys: { userStandIn: ['metadata.user_api_key_end_user_id'] },
}
