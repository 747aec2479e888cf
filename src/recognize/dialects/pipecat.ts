import type { Vendor } from './vendor.ts'

export const pipecat: Vendor = {
  name: 'pipecat',
  defined: 'https://github.com/pipecat-ai/pipecat',
  // A turn of the conversation surrounds listening, thinking and speaking, which have operations.
  names: [{ scopes: ['pipecat.turn'], forms: [[/^turn$/u, 'workflow']] }],
}
