import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They install or run real programs for minutes: `npm run test:matrix` and its like.
    exclude: ['matrix', 'backends', 'frameworks', 'servers', 'queues', 'deploy'].map((suite) => `test/${suite}/**`),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: live tests start processes of their own.
    maxWorkers: 2,
  },
})
