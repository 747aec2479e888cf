import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installAlone, nodeProgram } from './app.ts'
import type { App } from './app.ts'
import { run } from './run.ts'

/** The versions of Node that read zstd, which Node 20 does not: what the tests skip there is tried here. */
const VERSIONS = ['22.15.0', '24.21.0', '26.10.0'] as const

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const RECORDED = join(ROOT, 'test/cli/forms/recorded')

let app: App

beforeAll(async () => {
  app = await installAlone()
  cpSync(RECORDED, join(app.folder, 'recorded'), { recursive: true })
})

afterAll(() => app.remove())

describe.each(VERSIONS)('zstd on Node %s', (version) => {
  const audit = async (file: string) => {
    const program = join('node_modules', 'onbehalf', 'dist', 'cli', 'main.js')
    const options = ['audit', '--format', 'ndjson', join('recorded', file)]
    const { stdout, stderr } = await run(nodeProgram(version), [program, ...options], { cwd: app.folder })
    return { lines: stdout.split('\n').toSorted(), stderr }
  }

  it.each(readdirSync(RECORDED).filter((name) => name.includes('zstd')))('is read by the package: %s', async (name) => {
    const expected = await audit('otlp-json')
    expect(expected.lines).toHaveLength(4)
    expect(await audit(name)).toEqual(expected)
  })

  it('passes every test of the forms of input, and skips none', { timeout: 300_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onbehalf-zstd-'))
    try {
      const report = join(folder, 'report.json')
      const tests = ['test/cli/forms.test.ts', 'test/cli/broken-forms.test.ts']
      const args = ['run', ...tests, '--reporter=json', `--outputFile=${report}`]
      const { ONBEHALF_DATA: data } = process.env
      // A failed test ends it with 1, and then the report says more.
      await run(nodeProgram(version), [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...args], {
        cwd: ROOT,
        env: data === undefined ? {} : { ONBEHALF_DATA: data },
      }).catch(() => {})
      const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
      const others = testResults.flatMap((file) => file.assertionResults.filter(({ status }) => status !== 'passed'))
      expect(others.map(({ fullName }) => fullName)).toEqual([])
      expect(testResults.map(({ status }) => status)).toEqual(['passed', 'passed'])
      console.log(`Node ${version}: ${numPassedTests} tests of the forms of input passed`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

interface Report {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}
