import { defineConfig } from 'vitest/config'

/** They install or start real programs for minutes: `npm run test:matrix` and its like. */
const SUITES = ['matrix', 'backends', 'frameworks', 'servers', 'queues', 'deploy', 'register', 'bundle']
/**
 * What they test keeps nothing between two calls, or is the built program, so that a worker loads the source once for
 * all their files.
 */
const PURE = [
  'alerts',
  'base',
  'cli',
  'collector',
  'explain',
  'forms',
  'fuzz',
  'identity',
  'judge',
  'model',
  'policy',
  'recognize',
  'recording',
  'resolve',
]
/** They mostly wait for programs that they start, or read files of a gigabyte: `npm run test:processes`. */
export const PROCESSES = [
  'test/cli/demo.test.ts',
  'test/cli/denial.test.ts',
  'test/cli/forms-program.test.ts',
  'test/cli/jaeger.test.ts',
  'test/docs/guides.test.ts',
  'test/docs/mcp.test.ts',
  'test/docs/readme.test.ts',
  'test/docs/carriers.test.ts',
  'test/docs/services.test.ts',
  'test/mcp/processes.test.ts',
  'test/mcp/signed.test.ts',
]
const testsIn = (folders: readonly string[]) => folders.map((folder) => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'pure', include: testsIn(PURE), exclude: PROCESSES, isolate: false } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [...testsIn([...SUITES, ...PURE]), ...PROCESSES],
        },
      },
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One more than the two cores: live tests wait for processes of their own.
    maxWorkers: 3,
  },
})
