import { defineConfig } from 'vitest/config'

/** The releases that need Node 22 or later, in the place of those that Node 20 runs: the same tests over both. */
const NEWER = {
  openai: 'openai-7',
  '@openai/agents': 'openai-agents-20',
  '@langchain/openai': 'langchain-openai-16',
} as const

/** `newer-node.test.ts` runs it. */
export default defineConfig({
  resolve: {
    alias: Object.entries(NEWER).map(([name, newer]) => ({ find: new RegExp(`^${name}$`, 'u'), replacement: newer })),
  },
  test: {
    include: ['test/frameworks/{newer-releases,openai-agents*,openai-traceloop,langgraph-*}.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
