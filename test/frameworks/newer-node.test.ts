import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** The suite once more on the newer Node that some frameworks need; Node 20 cannot load those. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NODE = fileURLToPath(new URL(`node_modules/node-${process.platform}-${process.arch}/bin/node`, import.meta.url))

interface Report {
  readonly numPassedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

async function suite(config: string): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-frameworks-'))
  try {
    const report = join(folder, 'report.json')
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
    const options = ['--config', `test/frameworks/${config}`, '--reporter=json', `--outputFile=${report}`]
    await ended([vitest, 'run', ...options])
    return JSON.parse(readFileSync(report, 'utf8')) as Report
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A failed test ends it with 1, and then the report says more. */
function ended(args: readonly string[]): Promise<void> {
  const isTheirs = (name: string) => /^(?:VITEST|NODE_OPTIONS$)/u.test(name)
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isTheirs(name)))
  const child = spawn(NODE, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
}

/** The titles of tests that did not pass, or the file of which nothing ran. */
function failedIn({ testResults }: Report): readonly string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) =>
    status === 'failed' && assertionResults.length === 0
      ? [`${name}: ${message}`]
      : assertionResults.filter((test) => test.status !== 'passed').map(({ fullName }) => fullName),
  )
}

describe('the frameworks on Node 24', () => {
  it('pass every test, those of Mastra among them, and skip none', { timeout: 600_000 }, async () => {
    const report = await suite('vitest.config.ts')
    const { numPassedTests, numPendingTests, testResults } = report
    expect(failedIn(report)).toEqual([])
    expect(numPendingTests).toBe(0)
    expect(testResults.filter(({ name }) => name.includes('mastra'))).toHaveLength(3)
    console.log(`Node 24: ${numPassedTests} tests of frameworks passed`)
  })

  it('pass every test in the releases that need it, and skip none', { timeout: 600_000 }, async () => {
    const report = await suite('newer-releases.config.ts')
    const { numPassedTests, numPendingTests, testResults } = report
    expect(failedIn(report)).toEqual([])
    expect(numPendingTests).toBe(0)
    expect(testResults.filter(({ name }) => name.includes('newer-releases'))).toHaveLength(1)
    console.log(`Node 24: ${numPassedTests} tests over newer releases passed`)
  })
})
