import type { Vendor } from './vendor.ts'

export const eve: Vendor = {
  name: 'eve',
  defined: 'https://github.com/vercel/eve',
  // Vercel's framework gave an agent's turn a name but no operation.
  names: [{ scopes: ['eve'], forms: [[/^ai\.eve\.turn$/u, 'agent']] }],
  lateKeys: { conversation: ['eve.session.id', 'ai.settings.context.eve.session.id'] },
}
