import { defineConfig } from 'vitest/config'

/** `npm run test:processes`: apps that are started under `onbehalf/register`, and apps that were bundled. */
export default defineConfig({
  test: {
    include: ['test/register/*.test.ts', 'test/bundle/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
