import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These install what they need and run for minutes: npm run test:matrix, npm run test:frameworks.
    exclude: ['test/matrix/**', 'test/frameworks/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: live tests start processes of their own.
    maxWorkers: 2,
  },
})
