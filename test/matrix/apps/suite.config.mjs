// The live suite in an app: what the tests import from the sources is what the installed package holds.
import { join } from 'node:path'

const INSTALLED = join(import.meta.dirname, '..', 'node_modules', 'onbehalf', 'dist')
const SOURCE = /^(?:\.\.\/)+src\/(?<path>.+)\.ts$/u

export default {
  root: join(import.meta.dirname, '..'),
  plugins: [
    {
      name: 'installed-package',
      enforce: 'pre',
      resolveId(id) {
        const path = SOURCE.exec(id)?.groups?.path
        return path === undefined ? null : join(INSTALLED, `${path}.js`)
      },
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Loaded by vitest, so that a test can have the package anew, as it has the sources in the repository.
    server: { deps: { inline: [/node_modules\/onbehalf\//u] } },
  },
}
