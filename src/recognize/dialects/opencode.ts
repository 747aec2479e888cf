import type { Vendor } from './vendor.ts'

export const opencode: Vendor = {
  name: 'opencode',
  defined: 'https://github.com/anomalyco/opencode/blob/dev/packages/opencode/src/session/prompt.ts',
  // `Tool.execute`, with the message of the session that asked for it.
  marks: [{ key: 'tool.call_id', onlyWith: { keys: ['message.id'] }, forms: [[/^/u, 'tool']] }],
  keys: { toolCall: ['tool.call_id'] },
}
