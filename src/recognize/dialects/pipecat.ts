import type { Vendor } from './vendor.ts'

export const pipecat: Vendor = {
  name: 'pipecat',
  defined: 'https://github.com/pipecat-ai/pipecat',
  // A turn of the conversation is around what hears, thinks and speaks; those have operations.
  names: [{ scopes: ['pipecat.turn'], forms: [[/^turn$/u, 'workflow']] }],
}
