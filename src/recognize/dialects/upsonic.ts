import type { Vendor } from './vendor.ts'

export const upsonic: Vendor = {
  name: 'upsonic',
  defined: 'https://github.com/Upsonic/Upsonic',
  marks: [
    // Its spans are called `agent.run`, `tool.execute` and `pipeline.step.*`.
    { key: 'upsonic.run_id', onlyWith: { keys: ['upsonic.agent.name'] }, forms: [[/^/u, 'agent']] },
    { key: 'upsonic.tool.name', forms: [[/^/u, 'tool']] },
    { key: 'upsonic.step.name', forms: [[/^/u, 'workflow']] },
  ],
  keys: { agentName: ['upsonic.agent.name'], ownTool: ['upsonic.tool.name'], toolCall: ['upsonic.tool.call_id'] },
}
