import { defineConfig } from 'vitest/config'

/** `npm run test:matrix`: the packed tarball in apps of its own, under each line of Node and OpenTelemetry. */
export default defineConfig({
  test: {
    include: ['test/matrix/*.test.ts'],
    globalSetup: 'test/matrix/provisions.ts',
    testTimeout: 600_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
  },
})
