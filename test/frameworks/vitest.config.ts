import { defineConfig } from 'vitest/config'

/** `npm run test:frameworks`: real frameworks over a stand-in of the model. */
export default defineConfig({
  test: {
    include: ['test/frameworks/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
