import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export default {
  output: 'standalone',
  distDir: process.env.DIST ?? '.next',
  outputFileTracingRoot: root,
  turbopack: { root },
}
