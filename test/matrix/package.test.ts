import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { installAlone } from './app.ts'
import type { App } from './app.ts'
import { run } from './run.ts'

const BIN = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url))

/** Nine, and six small ones that know how many columns a name takes. */
const MAX_PACKAGES = 16
const MAX_MEGABYTES = 20

let app: App

beforeAll(async () => {
  app = await installAlone()
})

afterAll(() => app.remove())

describe('the tarball', () => {
  it('has nothing that publint finds', async () => {
    const { stdout } = await run(join(BIN, 'publint'), ['--strict', inject('tarball')])
    expect(stdout).toContain('All good')
  })

  it('has types for every way to import an ES module', async () => {
    const ended = run(join(BIN, 'attw'), ['--profile', 'esm-only', inject('tarball')])
    await expect(ended).resolves.toBeDefined()
  })

  it('brings no more than it needs', () => {
    const files = filesBelow(join(app.folder, 'node_modules'))
    const packages = files.filter((path) => /node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/u.test(path))
    const megabytes = files.reduce((sum, path) => sum + statSync(path).size, 0) / 1_000_000
    console.log(`installed: ${packages.length} packages, ${megabytes.toFixed(1)} MB`)
    expect(packages.length).toBeLessThanOrEqual(MAX_PACKAGES)
    expect(megabytes).toBeLessThan(MAX_MEGABYTES)
  })
})

describe('an app that holds none of the SDK packages', () => {
  it('imports it', async () => {
    const code = "import { onBehalfOf } from 'onbehalf'; console.log(onBehalfOf({ principal: 'kai' }, () => 42))"
    const { stdout, stderr } = await node('--input-type=module', '--eval', code)
    expect({ stdout, stderr }).toEqual({ stdout: '42\n', stderr: '' })
  })

  it('requires it', async () => {
    const code = "console.log(require('onbehalf').onBehalfOf({ principal: 'kai' }, () => 42))"
    const { stdout, stderr } = await node('--input-type=commonjs', '--eval', code)
    expect({ stdout, stderr }).toEqual({ stdout: '42\n', stderr: '' })
  })

  it('compiles against it, its declarations checked too', async () => {
    cpSync(fileURLToPath(new URL('apps/typescript/alone.ts', import.meta.url)), join(app.folder, 'alone.ts'))
    const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--types', '']
    const ended = run(join(BIN, 'tsc'), [...options, '--module', 'nodenext', 'alone.ts'], { cwd: app.folder })
    await expect(ended).resolves.toBeDefined()
  })

  it('has the program, which says its version', async () => {
    const { stdout } = await run(join(app.folder, 'node_modules', '.bin', 'onbehalf'), ['--version'])
    const { version } = JSON.parse(readFileSync(join(app.folder, 'node_modules/onbehalf/package.json'), 'utf8'))
    expect(stdout).toBe(`${version as string}\n`)
  })

  it('is told by register what to install, and runs all the same', async () => {
    const { stdout, stderr } = await node('--import', 'onbehalf/register', '--eval', 'console.log(42)')
    expect(stdout).toBe('42\n')
    expect(stderr).toContain('install @opentelemetry/sdk-node')
  })
})

function node(...args: readonly string[]) {
  return run(process.execPath, args, { cwd: app.folder })
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
