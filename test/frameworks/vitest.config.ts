import { defineConfig } from 'vitest/config'

/** What needs a newer Node than 20: `newer-node.test.ts` runs it. */
const NEEDS_NODE_22 = ['test/frameworks/mastra-*.test.ts']

/** What `newer-releases.config.ts` alone can run. */
const NEEDS_NEWER_RELEASES = 'test/frameworks/newer-releases.test.ts'

const isOld = Number(process.versions.node.split('.')[0]) < 22
if (isOld)
  console.warn(`Node ${process.versions.node} cannot load Mastra (>= 22.13): Node 24 runs it in newer-node.test.ts`)

/** `npm run test:frameworks`: real frameworks over a stand-in of the model. */
export default defineConfig({
  test: {
    include: ['test/frameworks/*.test.ts'],
    exclude: [NEEDS_NEWER_RELEASES, ...(isOld ? NEEDS_NODE_22 : ['test/frameworks/newer-node.test.ts'])],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
