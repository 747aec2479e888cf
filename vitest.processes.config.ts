import { defineConfig } from 'vitest/config'

/** `npm run test:processes`: apps under `onbehalf/register`, apps that were bundled, the demo with its README, and files that fill a memory. */
export default defineConfig({
  test: {
    include: [
      'test/register/*.test.ts',
      'test/bundle/*.test.ts',
      'test/cli/demo.test.ts',
      'test/cli/denial.test.ts',
      'test/docs/readme.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
