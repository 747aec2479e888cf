import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They install or run real programs for minutes: npm run test:matrix, test:backends, test:frameworks, test:servers.
    exclude: ['test/matrix/**', 'test/backends/**', 'test/frameworks/**', 'test/servers/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: live tests start processes of their own.
    maxWorkers: 2,
  },
})
