import { defineConfig } from 'vitest/config'

/** `npm run test:deploy`: what is deployed without packages, and register beside others, with all that it takes. */
export default defineConfig({
  test: {
    include: ['test/deploy/*.test.ts'],
    globalSetup: 'test/deploy/provisions.ts',
    testTimeout: 120_000,
    hookTimeout: 540_000,
    maxWorkers: 2,
  },
})
