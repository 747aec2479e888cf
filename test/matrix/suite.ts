import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeProgram } from './app.ts'
import type { App } from './app.ts'
import { run } from './run.ts'

export interface SuiteResult {
  readonly passed: number
  readonly skipped: number
  /** Titles, with the first line of what went wrong. */
  readonly failed: readonly string[]
}

/** What of the tests is about a live process, and what those take from others. */
const LIVE = ['live', 'runtime', 'register', 'setup', 'trust/carriers/sample-keys.ts'] as const

/** Runs the live tests of this repository in an app, on one version of Node, against the package that it installed. */
export async function runLiveSuite(app: App, nodeVersion: string): Promise<SuiteResult> {
  const tests = fileURLToPath(new URL('..', import.meta.url))
  for (const part of LIVE) cpSync(join(tests, part), join(app.folder, 'test', part), { recursive: true })
  const report = join(app.folder, `suite-${nodeVersion}.json`)
  const vitest = join(app.folder, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', '--config', 'apps/suite.config.mjs', '--reporter=json', `--outputFile=${report}`]
  // A failed test ends it with 1, and then the report says more.
  const complaint = await run(nodeProgram(nodeVersion), args, { cwd: app.folder }).then(
    () => '',
    (error: Error) => error.message,
  )
  return resultIn(report, complaint)
}

interface Report {
  readonly numPassedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[] | null
    }[]
  }[]
}

function resultIn(path: string, complaint: string): SuiteResult {
  const { numPassedTests, numPendingTests, numTodoTests, testResults } = readReport(path, complaint)
  const failed = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed')
    if (status === 'failed' && tests.length === 0) return [`${name}: ${message}`]
    return tests.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages?.[0] ?? ''}`)
  })
  const isUnsaid = complaint !== '' && failed.length === 0
  return {
    passed: numPassedTests,
    skipped: numPendingTests + numTodoTests,
    failed: isUnsaid ? [complaint] : failed,
  }
}

function readReport(path: string, complaint: string): Report {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report
  } catch {
    throw new Error(`the suite left no report\n${complaint}`)
  }
}
