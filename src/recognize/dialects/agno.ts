import type { Vendor } from './vendor.ts'

export const agno: Vendor = {
  name: 'agno',
  defined: 'https://github.com/agno-agi/agno',
  keys: { ownAgentId: ['agno.agent.id'] },
}
