import { defineConfig } from 'vitest/config'

/** `npm run test:servers`: real servers and parsers of bodies over HTTP. */
export default defineConfig({
  test: {
    include: ['test/servers/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
