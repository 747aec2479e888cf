import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/backends/**/*.test.ts'],
    globalSetup: ['test/backends/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The programs themselves use the cores.
    fileParallelism: false,
  },
})
