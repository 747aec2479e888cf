import { defineConfig } from 'vitest/config'
import { PROCESSES } from './vitest.config.ts'

/** `npm run test:processes`: apps under `onbehalf/register`, apps that were bundled, and tests that wait for the program. */
export default defineConfig({
  test: {
    include: ['test/register/*.test.ts', 'test/bundle/*.test.ts', ...PROCESSES],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
