import { defineConfig } from 'vitest/config'

/** `npm run test:queues`: real queues, limiters, pools and workers, in the releases of each line. */
export default defineConfig({
  test: {
    include: ['test/queues/*.test.ts'],
    globalSetup: 'test/queues/lines.ts',
    testTimeout: 120_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
  },
})
