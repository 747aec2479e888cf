import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Installs and runs for minutes: npm run test:matrix.
    exclude: ['test/matrix/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: live tests start processes of their own.
    maxWorkers: 2,
  },
})
