import { defineConfig } from 'vitest/config'

/** `npm run test:processes`: apps under `onbehalf/register`, apps that were bundled, and the demo with its README. */
export default defineConfig({
  test: {
    include: ['test/register/*.test.ts', 'test/bundle/*.test.ts', 'test/cli/demo.test.ts', 'test/docs/readme.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
