import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They run real programs, which have to be built: npm run test:backends.
    exclude: ['test/backends/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: live tests start processes of their own.
    maxWorkers: 2,
  },
})
